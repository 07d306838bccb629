-- What must hold in every warehouse, empty or full, after each deployment. Every row that a query gives is something wrong:
-- check_name says what was looked at, problem what was found. The deployer runs this file last, each time, and notes no checksum of it;
-- looks at the last days only, so that it costs seconds, and shows ten problems of a kind at most.

USE ROLE &{database}_OWNER;
USE WAREHOUSE &{database}_QUERY_WH;
USE DATABASE &{database};

SELECT 'dollar_is_a_dollar' AS check_name, 'core.exchange_rates does not say that a USD is worth 1 USD, always' AS problem
FROM (
  SELECT COUNT_IF(r.usd_per_unit = 1 AND r.valid_from < '1971-01-01'::TIMESTAMP_NTZ) AS identities
  FROM core.exchange_rates AS r
  WHERE r.currency = 'USD'
) AS c
WHERE c.identities <> 1;

SELECT 'one_salt' AS check_name, 'load.erasure_salt has ' || c.n::VARCHAR || ' rows: hashes would differ' AS problem
FROM (SELECT COUNT(*) AS n FROM load.erasure_salt) AS c
WHERE c.n <> 1;

-- A run empties them before it commits: nobody else ever sees a row.
SELECT 'work_tables_are_empty' AS check_name, c.what || ' keeps ' || c.n::VARCHAR || ' rows of a run' AS problem
FROM (
  SELECT 'load.batch' AS what, COUNT(*) AS n FROM load.batch
  UNION ALL
  SELECT 'load.erasing' AS what, COUNT(*) AS n FROM load.erasing
) AS c
WHERE c.n > 0;

SELECT 'events_once' AS check_name, e.event_id || ' is in core.events ' || COUNT(*)::VARCHAR || ' times' AS problem
FROM core.events AS e
WHERE e.event_date >= DATEADD(day, -2, SYSDATE())::DATE
GROUP BY e.event_id
HAVING COUNT(*) > 1
ORDER BY e.event_id
LIMIT 10;

SELECT 'purchases_are_events' AS check_name, p.event_id || ' is in core.fact_purchases, but not in core.events' AS problem
FROM core.fact_purchases AS p
LEFT JOIN core.events AS e
  ON e.event_id = p.event_id
  AND e.event_date >= DATEADD(day, -7, SYSDATE())::DATE
WHERE p.event_date >= DATEADD(day, -7, SYSDATE())::DATE
  AND e.event_id IS NULL
ORDER BY p.event_id
LIMIT 10;

SELECT 'events_of_purchases' AS check_name, e.event_id || ' is a purchase that core.fact_purchases lacks' AS problem
FROM core.events AS e
LEFT JOIN core.fact_purchases AS p
  ON p.event_id = e.event_id
  AND p.event_date >= DATEADD(day, -7, SYSDATE())::DATE
WHERE e.event_date >= DATEADD(day, -7, SYSDATE())::DATE
  AND e.event_type = 'purchase'
  AND p.event_id IS NULL
ORDER BY e.event_id
LIMIT 10;

SELECT 'amounts_are_products' AS check_name, p.event_id || ': amount is not price times quantity' AS problem
FROM core.fact_purchases AS p
WHERE p.event_date >= DATEADD(day, -7, SYSDATE())::DATE
  AND p.amount <> p.price * p.quantity
ORDER BY p.event_id
LIMIT 10;

-- No join of the mart may lose a purchase or make two of one, whatever rates there are.
SELECT
  'revenue_hides_nothing' AS check_name,
  'marts.purchases has ' || m.n::VARCHAR || ' of the ' || f.n::VARCHAR || ' purchases of the last 7 days' AS problem
FROM (
  SELECT COUNT(*) AS n FROM marts.purchases AS p WHERE p.event_date >= DATEADD(day, -7, SYSDATE())::DATE
) AS m
CROSS JOIN (
  SELECT COUNT(*) AS n FROM core.fact_purchases AS p WHERE p.event_date >= DATEADD(day, -7, SYSDATE())::DATE
) AS f
WHERE m.n <> f.n;

SELECT 'players_are_known' AS check_name, d.user_id || ' of ' || d.game_id || ' has events, but no row in core.dim_users' AS problem
FROM (
  SELECT DISTINCT e.game_id, e.user_id
  FROM core.events AS e
  WHERE e.event_date >= DATEADD(day, -1, SYSDATE())::DATE
) AS d
LEFT JOIN core.dim_users AS u ON u.game_id = d.game_id AND u.user_id = d.user_id
WHERE u.user_id IS NULL
ORDER BY d.game_id, d.user_id
LIMIT 10;

-- By the hash: the warehouse keeps no name of whom it has erased.
SELECT 'erased_stays_erased' AS check_name, 'erasure ' || r.erasure_id || ': the player is back in core.dim_users' AS problem
FROM core.dim_users AS u
CROSS JOIN load.erasure_salt AS s
JOIN core.erasure_requests AS r ON r.player_hash = SHA2(s.salt || '/' || u.game_id || '/' || u.user_id)
ORDER BY r.erasure_id
LIMIT 10;
