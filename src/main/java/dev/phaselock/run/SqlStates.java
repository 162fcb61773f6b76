package dev.phaselock.run;

/** The SQLSTATEs that lock acquisition and validation act upon (PostgreSQL documentation, appendix A). */
final class SqlStates {
    static final String LOCK_NOT_AVAILABLE = "55P03";
    static final String QUERY_CANCELED = "57014";
    static final String SERIALIZATION_FAILURE = "40001";
    static final String DEADLOCK_DETECTED = "40P01";
    static final String DUPLICATE_OBJECT = "42710";
    static final String UNDEFINED_OBJECT = "42704";
    /** Of a relation: a table or an index. */
    static final String DUPLICATE_RELATION = "42P07";

    static final String UNDEFINED_RELATION = "42P01";
    static final String NOT_NULL_VIOLATION = "23502";
    static final String FOREIGN_KEY_VIOLATION = "23503";
    static final String UNIQUE_VIOLATION = "23505";
    static final String CHECK_VIOLATION = "23514";
    static final String INSUFFICIENT_PRIVILEGE = "42501";

    private SqlStates() {}
}
