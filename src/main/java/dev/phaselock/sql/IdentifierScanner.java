package dev.phaselock.sql;

/** Reads identifiers from a text by the rules of PostgreSQL's scan.l. */
final class IdentifierScanner {
    private final String text;
    private int position;

    IdentifierScanner(String text) {
        requireStorable(text);
        this.text = text;
    }

    static void requireStorable(String text) {
        int i = Text.firstUnstorable(text);
        if (i >= 0) {
            throw new InvalidIdentifierException(
                    text, text.charAt(i) == 0 ? "PostgreSQL knows no NUL character" : "not well-formed Unicode");
        }
    }

    /** Whether the name means itself without quotes, reserved words apart. */
    static boolean isPlain(String name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean plain = (c >= 'a' && c <= 'z') || c == '_' || (i > 0 && c >= '0' && c <= '9');
            if (!plain) {
                return false;
            }
        }
        return !name.isEmpty();
    }

    Identifier next() {
        skipSpace();
        if (position == text.length()) {
            throw invalid("a name is missing");
        }
        return new Identifier(truncate(text.charAt(position) == '"' ? quoted() : unquoted()));
    }

    boolean skipDot() {
        skipSpace();
        if (position < text.length() && text.charAt(position) == '.') {
            position++;
            return true;
        }
        return false;
    }

    void requireEnd() {
        skipSpace();
        if (position < text.length()) {
            throw invalid("unexpected %s at character %d; such a name is written in double quotes"
                    .formatted(Text.excerpt(character()), position + 1));
        }
    }

    private String quoted() {
        StringBuilder name = new StringBuilder();
        for (int i = position + 1; i < text.length(); i++) {
            if (text.charAt(i) == '"') {
                if (i + 1 == text.length() || text.charAt(i + 1) != '"') {
                    position = i + 1;
                    if (name.isEmpty()) {
                        throw invalid("a name cannot be empty");
                    }
                    return name.toString();
                }
                i++;
            }
            name.append(text.charAt(i));
        }
        throw invalid("the closing double quote is missing");
    }

    private String unquoted() {
        int start = position;
        if (!startsName(text.charAt(start))) {
            throw invalid(
                    "a name cannot begin with %s unless it is in double quotes".formatted(Text.excerpt(character())));
        }
        StringBuilder name = new StringBuilder();
        while (position < text.length() && continuesName(text.charAt(position))) {
            char c = text.charAt(position++);
            name.append(c >= 'A' && c <= 'Z' ? (char) (c + ('a' - 'A')) : c);
        }
        return name.toString();
    }

    private static boolean startsName(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
    }

    private static boolean continuesName(char c) {
        return startsName(c) || (c >= '0' && c <= '9') || c == '$';
    }

    private static String truncate(String name) {
        int bytes = 0;
        for (int i = 0; i < name.length(); ) {
            int c = name.codePointAt(i);
            bytes += c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
            if (bytes > Identifier.MAX_BYTES) {
                return name.substring(0, i);
            }
            i += Character.charCount(c);
        }
        return name;
    }

    private void skipSpace() {
        while (position < text.length() && " \t\n\r\f\u000b".indexOf(text.charAt(position)) >= 0) {
            position++;
        }
    }

    private String character() {
        return Character.toString(text.codePointAt(position));
    }

    private InvalidIdentifierException invalid(String why) {
        return new InvalidIdentifierException(text, why);
    }
}
