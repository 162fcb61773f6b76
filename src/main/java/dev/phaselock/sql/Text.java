package dev.phaselock.sql;

/** What is asked of a text that somebody wrote, before PostgreSQL sees it and when a message cites it. */
final class Text {
    private static final int LONGEST = 80;

    private Text() {}

    /**
     * Where the first character is that PostgreSQL cannot hold: NUL, which ends a string there, or half a surrogate
     * pair, which would silently become another character in UTF-8. -1 when there is none.
     */
    static int firstUnstorable(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (c == 0 || Character.isSurrogate(c)) {
                return i;
            }
        }
        return -1;
    }

    /** The text's beginning, on one line, with what cannot be printed shown as an escape. */
    static String excerpt(String text) {
        StringBuilder cited = new StringBuilder();
        for (int i = 0; i < text.length(); ) {
            if (cited.length() >= LONGEST) {
                return cited.append('…').toString();
            }
            int c = text.codePointAt(i);
            switch (c) {
                case '\n' -> cited.append("\\n");
                case '\r' -> cited.append("\\r");
                case '\t' -> cited.append("\\t");
                default -> {
                    if (isPrintable(c)) {
                        cited.appendCodePoint(c);
                    } else {
                        cited.append("\\u{%X}".formatted(c));
                    }
                }
            }
            i += Character.charCount(c);
        }
        return cited.isEmpty() ? "(empty)" : cited.toString();
    }

    private static boolean isPrintable(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            default -> true;
        };
    }
}
