/**
 * The language: identifiers and how they are quoted, lock modes and their conflicts, and PostgreSQL's own parser, which
 * judges what people write. Knows nothing of any database.
 */
package dev.phaselock.sql;
