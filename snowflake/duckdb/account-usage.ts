/**
 * Stand-ins for the views of SNOWFLAKE.ACCOUNT_USAGE, with those documented columns that the project's views read: empty, so that the views can be
 * made and a test can put rows into them. COPY_HISTORY gets rows of `copy()`.
 * https://docs.snowflake.com/en/sql-reference/account-usage
 */
export const ACCOUNT_USAGE = `
CREATE TABLE IF NOT EXISTS account_usage.copy_history (
  file_name VARCHAR, stage_location VARCHAR, last_load_time TIMESTAMP WITH TIME ZONE, row_count DECIMAL(38,0),
  row_parsed DECIMAL(38,0), file_size DECIMAL(38,0), first_error_message VARCHAR, first_error_line_number DECIMAL(38,0),
  first_error_character_pos DECIMAL(38,0), first_error_column_name VARCHAR, error_count DECIMAL(38,0),
  error_limit DECIMAL(38,0), status VARCHAR, table_id DECIMAL(38,0), table_name VARCHAR, table_schema_id DECIMAL(38,0),
  table_schema_name VARCHAR, table_catalog_id DECIMAL(38,0), table_catalog_name VARCHAR, pipe_catalog_name VARCHAR,
  pipe_schema_name VARCHAR, pipe_name VARCHAR, pipe_received_time TIMESTAMP WITH TIME ZONE,
  first_commit_time TIMESTAMP WITH TIME ZONE, bytes_billed DECIMAL(38,0));
CREATE TABLE IF NOT EXISTS account_usage.task_history (
  name VARCHAR, query_text VARCHAR, condition_text VARCHAR, schema_name VARCHAR, database_name VARCHAR,
  scheduled_time TIMESTAMP WITH TIME ZONE, completed_time TIMESTAMP WITH TIME ZONE, state VARCHAR, return_value VARCHAR,
  query_id VARCHAR, query_start_time TIMESTAMP WITH TIME ZONE, error_code VARCHAR, error_message VARCHAR,
  run_id DECIMAL(38,0), root_task_id VARCHAR, scheduled_from VARCHAR, attempt_number DECIMAL(38,0));
CREATE TABLE IF NOT EXISTS account_usage.pipe_usage_history (
  pipe_id DECIMAL(38,0), pipe_name VARCHAR, start_time TIMESTAMP WITH TIME ZONE, end_time TIMESTAMP WITH TIME ZONE,
  credits_used DECIMAL(38,9), bytes_inserted DECIMAL(38,0), files_inserted DECIMAL(38,0), bytes_billed DECIMAL(38,0));
CREATE TABLE IF NOT EXISTS account_usage.metering_history (
  service_type VARCHAR, start_time TIMESTAMP WITH TIME ZONE, end_time TIMESTAMP WITH TIME ZONE, entity_id DECIMAL(38,0),
  name VARCHAR, credits_used_compute DECIMAL(38,9), credits_used_cloud_services DECIMAL(38,9), credits_used DECIMAL(38,9),
  bytes DECIMAL(38,0), "rows" DECIMAL(38,0), files DECIMAL(38,0), database_name VARCHAR, schema_name VARCHAR);
CREATE TABLE IF NOT EXISTS account_usage.warehouse_metering_history (
  start_time TIMESTAMP WITH TIME ZONE, end_time TIMESTAMP WITH TIME ZONE, warehouse_id DECIMAL(38,0),
  warehouse_name VARCHAR, credits_used DECIMAL(38,9), credits_used_compute DECIMAL(38,9),
  credits_used_cloud_services DECIMAL(38,9), credits_attributed_compute_queries DECIMAL(38,9));
CREATE TABLE IF NOT EXISTS account_usage.query_history (
  query_id VARCHAR, query_text VARCHAR, database_name VARCHAR, schema_name VARCHAR, query_type VARCHAR,
  user_name VARCHAR, role_name VARCHAR, warehouse_name VARCHAR, warehouse_size VARCHAR, query_tag VARCHAR,
  execution_status VARCHAR, error_code VARCHAR, error_message VARCHAR, start_time TIMESTAMP WITH TIME ZONE,
  end_time TIMESTAMP WITH TIME ZONE, total_elapsed_time DECIMAL(38,0), bytes_scanned DECIMAL(38,0),
  rows_produced DECIMAL(38,0), credits_used_cloud_services DECIMAL(38,9));
CREATE TABLE IF NOT EXISTS account_usage.query_attribution_history (
  query_id VARCHAR, parent_query_id VARCHAR, root_query_id VARCHAR, warehouse_id DECIMAL(38,0), warehouse_name VARCHAR,
  query_hash VARCHAR, query_parameterized_hash VARCHAR, query_tag VARCHAR, user_name VARCHAR,
  start_time TIMESTAMP WITH TIME ZONE, end_time TIMESTAMP WITH TIME ZONE, credits_attributed_compute DOUBLE,
  credits_used_query_acceleration DOUBLE);
CREATE TABLE IF NOT EXISTS account_usage.policy_references (
  policy_db VARCHAR, policy_schema VARCHAR, policy_name VARCHAR, policy_kind VARCHAR, ref_database_name VARCHAR,
  ref_schema_name VARCHAR, ref_entity_name VARCHAR, ref_entity_domain VARCHAR, ref_column_name VARCHAR,
  ref_arg_column_names VARCHAR, tag_database VARCHAR, tag_schema VARCHAR, tag_name VARCHAR, policy_status VARCHAR);
`;
