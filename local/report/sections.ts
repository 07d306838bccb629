/** What `npm run report` shows of a game: each a question to the marts, as an analyst would ask them in Snowflake. */
export interface Section {
  title: string;
  /** Said in place of the table where there is no row. */
  otherwise: string;
  sql: string;
}

export const SECTIONS: readonly Section[] = [
  {
    title: "Today (UTC)",
    otherwise: "nothing happened yet",
    sql: `
      SELECT k.game_id, k.dau, k.new_users, k.sessions, k.purchases, k.paying_users,
        k.purchase_revenue_usd, k.ad_revenue_usd, k.revenue_usd, k.arpdau_usd, k.unconverted_purchases
      FROM marts.daily_kpis AS k
      WHERE k.event_date = SYSDATE()::DATE AND k.dau > 0
      ORDER BY k.game_id`,
  },
  {
    title: "Revenue by currency",
    otherwise: "nobody has bought anything yet",
    sql: `
      SELECT r.game_id, r.currency, SUM(r.purchases) AS purchases, SUM(r.amount) AS amount, SUM(r.revenue_usd) AS revenue_usd,
        SUM(r.unconverted_amount) AS unconverted_amount, SUM(r.duplicate_purchases) AS duplicates
      FROM marts.daily_revenue AS r
      GROUP BY r.game_id, r.currency
      ORDER BY r.game_id, revenue_usd DESC, r.currency`,
  },
  {
    title: "Retention: players who came back on day N (– : the day is not over)",
    otherwise: "no players yet",
    sql: `
      SELECT r.game_id, r.cohort_date, r.install_source,
        SUM(IFF(r.day_number = 1, r.cohort_users, 0)) AS players,
        SUM(IFF(r.day_number = 1, r.retained_users, NULL)) AS d1,
        SUM(IFF(r.day_number = 3, r.retained_users, NULL)) AS d3,
        SUM(IFF(r.day_number = 7, r.retained_users, NULL)) AS d7,
        SUM(IFF(r.day_number = 14, r.retained_users, NULL)) AS d14,
        SUM(IFF(r.day_number = 30, r.retained_users, NULL)) AS d30
      FROM marts.retention_cohorts AS r
      WHERE r.cohort_date >= DATEADD(day, -30, SYSDATE()::DATE)
      GROUP BY r.game_id, r.cohort_date, r.install_source
      ORDER BY r.game_id, r.cohort_date, r.install_source`,
  },
  {
    title: "Economy",
    otherwise: "no resources moved yet",
    sql: `
      SELECT e.game_id, e.resource, SUM(e.sourced) AS sourced, SUM(e.sunk) AS sunk, SUM(e.net) AS net
      FROM marts.economy AS e
      GROUP BY e.game_id, e.resource
      ORDER BY e.game_id, e.resource`,
  },
  {
    title: "Top errors of the last 30 days",
    otherwise: "no errors",
    sql: `
      SELECT t.game_id, t.severity, LEFT(t.message, 60) AS message, t.events, t.users, t.app_versions
      FROM marts.top_errors AS t
      ORDER BY t.game_id, t.events DESC, message
      LIMIT 10`,
  },
  {
    title: "Loss: numbered events that did not land",
    otherwise: "no numbered events yet",
    sql: `
      SELECT l.game_id, l.app_version, SUM(l.expected) AS expected, SUM(l.landed) AS landed, SUM(l.missing) AS missing,
        SUM(l.dropped_by_client) AS dropped_by_client, SUM(l.unexplained) AS unexplained
      FROM marts.loss AS l
      GROUP BY l.game_id, l.app_version
      ORDER BY l.game_id, l.app_version`,
  },
];
