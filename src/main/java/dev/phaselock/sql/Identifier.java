package dev.phaselock.sql;

import java.nio.charset.StandardCharsets;

/**
 * An SQL identifier as the catalog has it. Written without quotes it folds to lower case, with quotes it keeps what
 * stands in them (PostgreSQL documentation, "Identifiers and Key Words"). Reserved words need no quotes here: every
 * identifier is quoted when it goes into a statement.
 *
 * @param value the folded, unquoted name; at most 63 bytes in UTF-8
 */
public record Identifier(String value) {
    /** PostgreSQL's NAMEDATALEN less the final zero, bytes. */
    public static final int MAX_BYTES = 63;

    public Identifier {
        if (value.isEmpty()) {
            throw new InvalidSqlException("a name is empty");
        }
        if (value.indexOf('\0') >= 0) {
            throw new InvalidSqlException("a name contains the character NUL");
        }
        value = truncate(value, MAX_BYTES);
    }

    /**
     * Reads one identifier as PostgreSQL would.
     *
     * @throws InvalidSqlException when the text is not exactly one identifier
     */
    public static Identifier parse(String text) {
        Scanner scanner = new Scanner(text);
        Identifier identifier = scanner.identifier();
        if (!scanner.atEnd()) {
            throw scanner.invalid();
        }
        return identifier;
    }

    /** With quotes, as it goes into a statement. */
    public String quoted() {
        return '"' + value.replace("\"", "\"\"") + '"';
    }

    @Override
    public String toString() {
        return value;
    }

    /** Cuts at a character's boundary, as PostgreSQL cuts long names. */
    public static String truncate(String text, int maxBytes) {
        if (text.getBytes(StandardCharsets.UTF_8).length <= maxBytes) {
            return text;
        }
        int bytes = 0;
        int end = 0;
        while (end < text.length()) {
            int codePoint = text.codePointAt(end);
            bytes += codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
            if (bytes > maxBytes) {
                break;
            }
            end += Character.charCount(codePoint);
        }
        return text.substring(0, end);
    }

    /** Reads identifiers, with the spaces around them that SQL allows. */
    static final class Scanner {
        private final String text;
        private int position;

        Scanner(String text) {
            this.text = text;
            skipSpace();
        }

        boolean atEnd() {
            return position >= text.length();
        }

        /** Skips a dot, if there is one. */
        boolean dot() {
            if (atEnd() || text.charAt(position) != '.') {
                return false;
            }
            position++;
            skipSpace();
            return true;
        }

        Identifier identifier() {
            if (atEnd()) {
                throw invalid();
            }
            Identifier identifier = text.charAt(position) == '"' ? quotedIdentifier() : plainIdentifier();
            skipSpace();
            return identifier;
        }

        private Identifier quotedIdentifier() {
            StringBuilder value = new StringBuilder();
            for (int i = position + 1; i < text.length(); i++) {
                char c = text.charAt(i);
                if (c != '"') {
                    value.append(c);
                } else if (i + 1 < text.length() && text.charAt(i + 1) == '"') {
                    value.append('"');
                    i++;
                } else {
                    position = i + 1;
                    return new Identifier(value.toString());
                }
            }
            throw invalid();
        }

        private Identifier plainIdentifier() {
            int start = position;
            while (position < text.length() && isPart(text.charAt(position), position == start)) {
                position++;
            }
            if (position == start) {
                throw invalid();
            }
            StringBuilder value = new StringBuilder(text.substring(start, position));
            for (int i = 0; i < value.length(); i++) {
                char c = value.charAt(i);
                // Only ASCII, as PostgreSQL does for encodings of several bytes.
                if (c >= 'A' && c <= 'Z') {
                    value.setCharAt(i, (char) (c + ('a' - 'A')));
                }
            }
            return new Identifier(value.toString());
        }

        private static boolean isPart(char c, boolean first) {
            boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
            return letter || (!first && ((c >= '0' && c <= '9') || c == '$'));
        }

        private void skipSpace() {
            while (position < text.length() && " \t\n\r\f\u000b".indexOf(text.charAt(position)) >= 0) {
                position++;
            }
        }

        InvalidSqlException invalid() {
            return new InvalidSqlException("«" + text
                    + "» is not a name: write letters, digits and underscores, or anything within double quotes");
        }
    }
}
