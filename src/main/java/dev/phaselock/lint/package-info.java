/**
 * Reads SQL of migrations and says what writers feel of it: which lock, for how long, why, and how it is done without.
 * It knows no database, so what depends on one (the size of a table, the type that a column had) it assumes to be as it is
 * where it hurts.
 */
@NullMarked
package dev.phaselock.lint;

import org.jspecify.annotations.NullMarked;
