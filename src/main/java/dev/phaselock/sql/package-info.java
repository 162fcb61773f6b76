/**
 * The language of PostgreSQL as far as Phaselock must know it: identifiers and how they are quoted, lock modes and their
 * conflicts, and PostgreSQL's own parser ({@link dev.phaselock.sql.PgParser}), which judges the fragments of SQL that
 * people write into a manifest. Identifiers and lock modes work without the parser, so that a phase's Job starts fast.
 */
@NullMarked
package dev.phaselock.sql;

import org.jspecify.annotations.NullMarked;
