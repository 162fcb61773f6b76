package dev.phaselock.sql;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * PostgreSQL 18's own scanner and grammar: libpg_query as WebAssembly (npm package {@code libpg-query}), run by Chicory,
 * without native code.
 *
 * <p>The module is compiled to Java classes at build time rather than interpreted. Measured on JDK 25 with SerialGC and
 * C1, two shared cores: 0.5 to 0.6 s from {@code main} until it is ready, 45 ms for the first statement, 15 ms for the
 * next ones, 4.5 ms once warm; 0.4 s to ready with an AOT cache. Interpreted: 0.5 to 0.8 s, 0.12 to 0.28 s, 15 ms, 8 ms,
 * and 20 ms instead of 0.8 for scanning. It takes 40 MiB of heap while it exists, and nothing before its first use. A
 * phase's Job does not use it.
 *
 * <p>Safe for use by several threads, one at a time. Each call runs in a thread with a stack of its own, so that its depth
 * does not depend on the caller. What goes wrong inside in another way than by an error of PostgreSQL's costs the module
 * its life: the next call begins with a new one.
 */
public final class PgParser {
    /** The longest text that is looked at, in bytes of UTF-8. Mind the time: a parse takes some 50 ms a kilobyte. */
    public static final int MAX_BYTES = 1 << 20;

    /**
     * Java's stack has to run out before the module's own of 32 MiB, whose end nobody guards. That one grew to 0.4 of
     * Java's at most when deep trees of many kinds were tried.
     */
    private static final long STACK_BYTES = 32L << 20;

    /** A module that one enormous statement made larger than this is not kept. */
    private static final long KEPT_BYTES = 64L << 20;

    private static final String SPACE = " \t\n\r\f\u000b";

    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(1_000_000)
                            .maxStringLength(Integer.MAX_VALUE)
                            .build())
                    .build())
            // The scanner's JSON repeats each token's text as it is.
            .enable(JsonReadFeature.ALLOW_UNESCAPED_CONTROL_CHARS)
            .build();

    private final long stackBytes;
    private @Nullable PgModule module;

    /** A parser that takes no memory yet. */
    public PgParser() {
        this(STACK_BYTES);
    }

    /**
     * Begins to read the module, half of the time until the first parser is ready, beside whatever else the process does to
     * begin.
     */
    public static void prefetch() {
        Thread.ofPlatform().daemon().name("parser").start(PgModule::prefetch);
    }

    PgParser(long stackBytes) {
        this.stackBytes = stackBytes;
    }

    /**
     * The parse tree of any number of statements.
     *
     * @return libpg_query's JSON: {@code stmts} is an array with one element a statement, each with {@code stmt} and,
     *     unless 0, {@code stmt_location} and {@code stmt_len}; every {@code location} counts bytes of UTF-8 from 0
     * @throws SqlSyntaxException if PostgreSQL's grammar does not take it, or it is longer than {@link #MAX_BYTES},
     *     holds a NUL or is not well-formed Unicode
     */
    public JsonNode parse(String sql) {
        byte[] bytes = encode(sql);
        PgModule.Parsed parsed = use(running -> running.parse(bytes));
        if (parsed.error() != null) {
            throw new SqlSyntaxException(parsed.error(), SqlPosition.ofCharacter(sql, parsed.errorPosition()));
        }
        return read(parsed.tree());
    }

    /**
     * The tokens, comments included. What lies between them is white space.
     *
     * @throws SqlSyntaxException if a quote or a comment does not end or a token is malformed (then without a position),
     *     or as {@link #parse}
     */
    public List<Token> scan(String sql) {
        if (sql.isEmpty()) {
            return List.of();
        }
        byte[] bytes = encode(sql);
        String json = use(running -> running.scan(bytes));
        if (!json.startsWith("{")) {
            throw new SqlSyntaxException(json, null);
        }
        List<Token> tokens = new ArrayList<>();
        int atByte = 0;
        int atCharacter = 0;
        for (JsonNode node : read(json).path("tokens")) {
            int startByte = node.path("start").intValue();
            int endByte = node.path("end").intValue();
            String space = new String(bytes, atByte, startByte - atByte, StandardCharsets.UTF_8);
            String text = new String(bytes, startByte, endByte - startByte, StandardCharsets.UTF_8);
            requireSpace(space);
            int start = atCharacter + space.length();
            tokens.add(new Token(kind(node), text, start));
            atByte = endByte;
            atCharacter = start + text.length();
        }
        requireSpace(sql.substring(atCharacter));
        return List.copyOf(tokens);
    }

    /** Checks of fragments trust the list of tokens to be whole. */
    private static void requireSpace(String between) {
        if (!between.chars().allMatch(c -> SPACE.indexOf(c) >= 0)) {
            throw new IllegalStateException("PostgreSQL's scanner left out a token");
        }
    }

    private static Token.Kind kind(JsonNode token) {
        return switch (token.path("tokenName").asText()) {
            case "SQL_COMMENT", "C_COMMENT" -> Token.Kind.COMMENT;
            case "PARAM" -> Token.Kind.PARAMETER;
            default -> token.path("keywordKind").intValue() == 0 ? Token.Kind.OTHER : Token.Kind.KEYWORD;
        };
    }

    private static byte[] encode(String sql) {
        int i = Text.firstUnstorable(sql);
        if (i >= 0) {
            throw new SqlSyntaxException(
                    sql.charAt(i) == 0 ? "PostgreSQL knows no NUL character" : "not well-formed Unicode",
                    SqlPosition.ofOffset(sql, i));
        }
        byte[] bytes = sql.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > MAX_BYTES) {
            throw new SqlSyntaxException("longer than %,d bytes".formatted(MAX_BYTES), null);
        }
        return bytes;
    }

    private synchronized <T> T use(Function<PgModule, T> call) {
        FutureTask<T> task = new FutureTask<>(() -> {
            PgModule running = module == null ? new PgModule() : module;
            module = null;
            T result = call.apply(running);
            if (running.memoryBytes() <= KEPT_BYTES) {
                module = running;
            }
            return result;
        });
        Thread.ofPlatform().name("sql-parser").daemon().stackSize(stackBytes).start(task);
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return task.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (ExecutionException e) {
            if (isStackOverflow(e)) {
                throw new SqlSyntaxException("nested too deeply", null);
            }
            throw new IllegalStateException("PostgreSQL's parser failed", e.getCause());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static boolean isStackOverflow(Throwable e) {
        return e instanceof StackOverflowError || (e.getCause() != null && isStackOverflow(e.getCause()));
    }

    private static JsonNode read(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("PostgreSQL's parser gave no JSON", e);
        }
    }
}
