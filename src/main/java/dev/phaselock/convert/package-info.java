/**
 * SQL that people have becomes changes of a SchemaChange. What it does not understand to the last attribute it refuses;
 * expressions are the author's own text, and are parsed again to see that they are whole.
 */
@NullMarked
package dev.phaselock.convert;

import org.jspecify.annotations.NullMarked;
