package dev.phaselock.change;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Guards the parentheses that a fragment of SQL is put into: it must leave none of them, end no statement and begin no
 * comment. Then whatever it is, it stays inside; whether it is an expression, PostgreSQL's parser says. This check is
 * made whenever a change is read, also where that parser is not loaded.
 *
 * <p>Source: PostgreSQL documentation, "Lexical Structure", with {@code standard_conforming_strings = on}.
 */
final class Enclosure {
    private final String text;
    private final List<Word> words = new ArrayList<>();
    private int position;

    private Enclosure(String text) {
        this.text = text;
    }

    /** Why it is not to be put into parentheses, for people; null when it may. */
    static @Nullable String whyNot(String text) {
        if (text.indexOf(0) >= 0) {
            return "PostgreSQL knows no NUL character";
        }
        return new Enclosure(text).scan();
    }

    /**
     * A name or key word without quotes, outside of strings.
     *
     * @param start where it begins, in UTF-16 units
     */
    record Word(int start, int end) {
        String text(String all) {
            return all.substring(start, end);
        }
    }

    /** The words of a text that may be put into parentheses. */
    static List<Word> words(String text) {
        Enclosure enclosure = new Enclosure(text);
        enclosure.scan();
        return enclosure.words;
    }

    private @Nullable String scan() {
        int depth = 0;
        while (position < text.length()) {
            char c = text.charAt(position);
            if (text.startsWith("--", position) || text.startsWith("/*", position)) {
                return "comments cannot be in it";
            }
            if (startsName(c)) {
                int start = position;
                while (position < text.length() && continuesName(text.charAt(position))) {
                    position++;
                }
                words.add(new Word(start, position));
                boolean escapes = position - start == 1 && (c == 'e' || c == 'E');
                if (escapes && position < text.length() && text.charAt(position) == '\'' && !skipEscapeString()) {
                    return "a closing quote is missing";
                }
                continue;
            }
            switch (c) {
                case ';' -> {
                    return "exactly one expression is wanted, without ';'";
                }
                case '(', '[' -> depth++;
                case ')', ']' -> {
                    if (--depth < 0) {
                        return "'" + c + "' closes more than was opened";
                    }
                }
                case '\'', '"' -> {
                    int close = text.indexOf(c, position + 1);
                    if (close < 0) {
                        return "a closing " + (c == '"' ? "double quote" : "quote") + " is missing";
                    }
                    // A doubled quote ends one string and begins the next: the same for what is looked for here.
                    position = close;
                }
                case '$' -> {
                    if (!skipDollarQuoted()) {
                        return "the end of a dollar-quoted string is missing";
                    }
                }
                default -> {}
            }
            position++;
        }
        return depth == 0 ? null : "a closing parenthesis is missing";
    }

    /**
     * Goes behind an {@code E'…'} string, in which a backslash takes the meaning from a quote. It may go on after white
     * space with a line's end, and then means the same there.
     */
    private boolean skipEscapeString() {
        while (true) {
            position++;
            while (position < text.length() && text.charAt(position) != '\'') {
                position += text.charAt(position) == '\\' ? 2 : 1;
            }
            if (position >= text.length()) {
                return false;
            }
            position++;
            int next = position;
            while (next < text.length() && " \t\n\r\f\u000b".indexOf(text.charAt(next)) >= 0) {
                next++;
            }
            if (next == text.length() || text.charAt(next) != '\'') {
                return true;
            }
            // The next quote: doubled, or of a continuation. Any other would be no expression.
            position = next;
        }
    }

    /** Goes to the last dollar of a dollar-quoted string, or stays on a dollar that begins none. */
    private boolean skipDollarQuoted() {
        int end = position + 1;
        while (end < text.length() && text.charAt(end) != '$' && continuesName(text.charAt(end))) {
            end++;
        }
        boolean digitFirst = end > position + 1 && !startsName(text.charAt(position + 1));
        if (end == text.length() || text.charAt(end) != '$' || digitFirst) {
            return true;
        }
        String tag = text.substring(position, end + 1);
        int close = text.indexOf(tag, end + 1);
        if (close < 0) {
            return false;
        }
        position = close + tag.length() - 1;
        return true;
    }

    private static boolean startsName(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
    }

    static boolean continuesName(char c) {
        return startsName(c) || (c >= '0' && c <= '9') || c == '$';
    }
}
