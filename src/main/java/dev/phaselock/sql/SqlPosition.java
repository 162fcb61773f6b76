package dev.phaselock.sql;

/**
 * A place in a text of SQL. All numbers count Unicode characters, as PostgreSQL does, from 1.
 *
 * @param character in the whole text
 * @param line the line
 * @param column in its line
 */
public record SqlPosition(int character, int line, int column) {

    /** The place of the n-th character; behind the last when there are fewer. */
    static SqlPosition ofCharacter(String text, int n) {
        int characters = text.codePointCount(0, text.length());
        return ofOffset(text, text.offsetByCodePoints(0, Math.clamp(n - 1L, 0, characters)));
    }

    /** The place of an offset into the string. */
    static SqlPosition ofOffset(String text, int offset) {
        int line = 1;
        int start = 0;
        for (int newline = text.indexOf('\n'); newline >= 0 && newline < offset; newline = text.indexOf('\n', start)) {
            line++;
            start = newline + 1;
        }
        return new SqlPosition(text.codePointCount(0, offset) + 1, line, text.codePointCount(start, offset) + 1);
    }

    /** For people: {@code line 2, column 7}. */
    @Override
    public String toString() {
        return "line %d, column %d".formatted(line, column);
    }
}
