package dev.phaselock.plan;

import dev.phaselock.sql.Identifier;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The names that PostgreSQL gives to constraints that have none: {@code table_columns_label}, cut where it would be too
 * long, with a number where it is taken in the schema.
 *
 * <p>Source: ChooseConstraintName (pg_constraint.c), makeObjectName (indexcmds.c), ChooseForeignKeyConstraintNameAddition
 * (tablecmds.c); the same in all of 13 to 18. Lengths are in bytes of UTF-8: in a database with another encoding, names
 * that are not ASCII and must be cut come out shorter.
 */
final class ConstraintNames {
    private ConstraintNames() {}

    /**
     * The first name that is free.
     *
     * @param columns the columns' part of the name; null when it has none
     * @param label {@code fkey} or {@code check}
     * @param taken names in the table's schema
     */
    static String choose(String table, @Nullable String columns, String label, Set<String> taken) {
        String name = make(table, columns, label);
        for (int pass = 1; taken.contains(name); pass++) {
            name = make(table, columns, label + pass);
        }
        return name;
    }

    /** The columns' part of a foreign key's name. */
    static String columnsPart(List<String> columns) {
        StringBuilder part = new StringBuilder();
        for (String column : columns) {
            part.append(part.isEmpty() ? "" : "_").append(column);
            if (bytes(part.toString()) > Identifier.MAX_BYTES) {
                break;
            }
        }
        return part.toString();
    }

    private static String make(String first, @Nullable String second, String label) {
        int available = Identifier.MAX_BYTES - bytes(label) - 1 - (second == null ? 0 : 1);
        int firstBytes = bytes(first);
        int secondBytes = second == null ? 0 : bytes(second);
        // The longer one gives.
        while (firstBytes + secondBytes > available) {
            if (firstBytes > secondBytes) {
                firstBytes--;
            } else {
                secondBytes--;
            }
        }
        return clip(first, firstBytes) + (second == null ? "" : "_" + clip(second, secondBytes)) + "_" + label;
    }

    /** The longest beginning of whole characters that has at most so many bytes. */
    private static String clip(String text, int bytes) {
        int length = 0;
        for (int i = 0; i < text.length(); ) {
            int next = i + Character.charCount(text.codePointAt(i));
            length += bytes(text.substring(i, next));
            if (length > bytes) {
                return text.substring(0, i);
            }
            i = next;
        }
        return text;
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
