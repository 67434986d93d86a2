/** The SQL that a database speaks. MariaDB speaks `mysql`. */
export type Dialect = 'postgres' | 'mysql' | 'sqlite'

/** What we bind: text, an integer that a double holds exactly, or NULL. */
export type SqlValue = string | number | null
