package dev.phaselock.lint;

/** How much a statement costs those who use the database, least first. */
public enum Level {
    /** Worth knowing; nobody waits, or only for a bounded time. */
    NOTICE,
    /** Others wait behind it in the lock queue for as long as the longest transaction on the table; or clients break. */
    WARNING,
    /** Others wait for as long as a table is scanned or rewritten or an index is built; or it fails. */
    ERROR
}
