package dev.phaselock.plan;

import java.util.List;

/**
 * What a column is bound to, in the table and in all that inherits the column from it and from nobody else.
 *
 * @param inherited whether a parent has it too, so that it goes and changes with the parent's
 * @param dependents what would have to go with it that DROP COLUMN … RESTRICT does not drop, other columns that are
 *     generated from it, and partition keys, as {@code pg_describe_object} names them
 * @param referenced the tables to which foreign keys over it refer, by oid
 * @param value its own default, or what it is generated from; the empty text for none
 */
public record ColumnUse(boolean inherited, List<String> dependents, List<Long> referenced, String value) {
    /** Of a column that nothing is bound to. */
    public static final ColumnUse NONE = new ColumnUse(false, List.of(), List.of(), "");

    public ColumnUse {
        dependents = List.copyOf(dependents);
        referenced = List.copyOf(referenced);
    }
}
