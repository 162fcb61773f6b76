/**
 * The catalogue of changes: a sealed type with one record per operation, and the front end that makes them from a
 * manifest. Names are folded and expressions are kept as written here; nothing is known of any database.
 */
@NullMarked
package dev.phaselock.change;

import org.jspecify.annotations.NullMarked;
