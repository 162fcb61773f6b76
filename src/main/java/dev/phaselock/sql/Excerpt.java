package dev.phaselock.sql;

/** A text that somebody wrote, made fit to be cited in a message of one line. */
final class Excerpt {
    private static final int LONGEST = 80;

    private Excerpt() {}

    /** The text's beginning, with what cannot be printed shown as an escape. */
    static String of(String text) {
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
