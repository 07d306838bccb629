const wordsOf = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** Words that are part of a query's grammar: no column, and no function before a parenthesis. */
export const KEYWORDS = wordsOf(`
  ALL AND ANY AS ASC BETWEEN BY CROSS CUBE DESC DISTINCT ELSE END ESCAPE EXCEPT EXCLUDE EXISTS FOLLOWING FROM FULL
  GROUP HAVING ILIKE IN INNER INTERSECT INTO IS JOIN LEFT LIKE LIMIT NATURAL NOT NULLS OFFSET ON OR ORDER OUTER
  PARTITION PRECEDING QUALIFY RECURSIVE RENAME REPLACE RIGHT ROLLUP SELECT SET SETS THEN UNBOUNDED UNION UPDATE USING
  VALUES WHEN WHERE WINDOW WITH OVER WITHIN IGNORE RESPECT LATERAL ASOF TABLE MATCH_CONDITION`);

/** Keywords of which a function has the name, too: the one before a parenthesis. */
export const ALSO_FUNCTIONS = wordsOf("LEFT RIGHT REPLACE");

/** Grammar that is not translated; of the words for the current time, SYSDATE() is the one that does not depend on the session. */
export const REFUSED = wordsOf(`
  CURRENT_TIMESTAMP CURRENT_DATE CURRENT_TIME LOCALTIMESTAMP INTERVAL PIVOT UNPIVOT MATCH_RECOGNIZE RLIKE REGEXP MINUS`);
