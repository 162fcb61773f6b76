package dev.phaselock.postgres;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A {@code postgresql://}, {@code postgres://} or {@code jdbc:postgresql://} URL, taken apart strictly: whoever writes it
 * may not choose classes to load, files to read or options of the session. Only the parameters named here are known; any
 * other is refused by its name, and so is one that comes twice.
 *
 * <p>Sources: the PostgreSQL documentation, 34.1.1.2 (connection URIs), and the JDBC driver's documentation.
 */
final class ConnectionUrl {
    /** Parameters by their names in libpq and in the JDBC driver, and what they are called here. */
    private static final Map<String, String> KNOWN = Map.ofEntries(
            Map.entry("host", "host"),
            Map.entry("port", "port"),
            Map.entry("dbname", "dbname"),
            Map.entry("user", "user"),
            Map.entry("password", "password"),
            Map.entry("ssl", "ssl"),
            Map.entry("sslmode", "sslmode"),
            Map.entry("sslrootcert", "sslrootcert"),
            Map.entry("sslcert", "sslcert"),
            Map.entry("sslkey", "sslkey"),
            Map.entry("connect_timeout", "connect_timeout"),
            Map.entry("connectTimeout", "connect_timeout"),
            Map.entry("target_session_attrs", "target_session_attrs"),
            Map.entry("targetServerType", "target_session_attrs"),
            Map.entry("channel_binding", "channel_binding"),
            Map.entry("channelBinding", "channel_binding"),
            Map.entry("application_name", "application_name"),
            Map.entry("ApplicationName", "application_name"));

    private final boolean jdbc;
    private final Map<String, String> parts = new TreeMap<>();

    private ConnectionUrl(boolean jdbc) {
        this.jdbc = jdbc;
    }

    /**
     * The parts that are there and not empty, decoded: {@code host} and {@code port} (lists, separated by commas), {@code
     * dbname}, {@code user}, {@code password} and the parameters by their libpq names.
     *
     * @throws IllegalArgumentException when it is no such URL; the message says why, without a piece of it but the name of
     *     a parameter
     */
    static Map<String, String> parse(String url) {
        String text = url.strip();
        boolean jdbc = text.regionMatches(true, 0, "jdbc:", 0, 5);
        String withoutJdbc = jdbc ? text.substring(5) : text;
        int slashes = withoutJdbc.indexOf("://");
        String scheme = slashes < 0 ? "" : withoutJdbc.substring(0, slashes).toLowerCase(Locale.ROOT);
        if (!scheme.equals("postgresql") && (jdbc || !scheme.equals("postgres"))) {
            throw new IllegalArgumentException("it does not begin with postgresql:// or jdbc:postgresql://");
        }
        ConnectionUrl parsed = new ConnectionUrl(jdbc);
        parsed.split(withoutJdbc.substring(slashes + 3));
        return parsed.parts;
    }

    private void split(String text) {
        String rest = text;
        int slash = rest.indexOf('/');
        int at = rest.indexOf('@');
        if (!jdbc && at >= 0 && (slash < 0 || at < slash)) {
            if (rest.substring(0, at).contains("?")) {
                throw notEncoded();
            }
            userInfo(rest.substring(0, at));
            rest = rest.substring(at + 1);
        }
        int question = rest.indexOf('?');
        if (question >= 0) {
            parameters(rest.substring(question + 1));
            rest = rest.substring(0, question);
        }
        int database = rest.indexOf('/');
        if (rest.contains("@") || database != rest.lastIndexOf('/')) {
            // Guessing what was meant could show a piece of a password as a host or a database.
            throw notEncoded();
        }
        if (database >= 0) {
            put("dbname", decode(rest.substring(database + 1)));
            rest = rest.substring(0, database);
        }
        hosts(rest);
    }

    private static IllegalArgumentException notEncoded() {
        return new IllegalArgumentException(
                "characters such as @ : / ? in the user, the password or the database have to be percent-encoded");
    }

    private void userInfo(String text) {
        int colon = text.indexOf(':');
        put("user", decode(colon < 0 ? text : text.substring(0, colon)));
        if (colon >= 0) {
            put("password", decode(text.substring(colon + 1)));
        }
    }

    private void hosts(String text) {
        if (text.isEmpty()) {
            return;
        }
        StringBuilder names = new StringBuilder();
        StringBuilder ports = new StringBuilder();
        boolean anyPort = false;
        for (String each : text.split(",", -1)) {
            int colon = each.lastIndexOf(':');
            boolean hasPort = colon > each.lastIndexOf(']');
            names.append(names.isEmpty() ? "" : ",").append(decode(hasPort ? each.substring(0, colon) : each));
            String port = hasPort ? each.substring(colon + 1) : "";
            ports.append(ports.isEmpty() ? "" : ",")
                    .append(port.isEmpty() ? Integer.toString(Host.DEFAULT_PORT) : port);
            anyPort |= !port.isEmpty();
        }
        put("host", names.toString());
        if (anyPort) {
            put("port", ports.toString());
        }
    }

    private void parameters(String text) {
        Set<String> seen = new HashSet<>();
        for (String parameter : text.split("&", -1)) {
            if (parameter.isEmpty()) {
                continue;
            }
            int equals = parameter.indexOf('=');
            String name = decode(equals < 0 ? parameter : parameter.substring(0, equals));
            String known = KNOWN.get(name);
            if (known == null) {
                throw new IllegalArgumentException(
                        "its parameter " + Failure.shorten(name.replaceAll("[^A-Za-z0-9_.-]", "?"), 40)
                                + " is not one that Phaselock takes");
            }
            if (!seen.add(known) || parts.containsKey(known)) {
                throw new IllegalArgumentException("it gives " + known + " twice");
            }
            put(known, equals < 0 ? "" : decode(parameter.substring(equals + 1)));
        }
    }

    private void put(String name, String value) {
        if (value.isEmpty()) {
            return;
        }
        if (parts.putIfAbsent(name, value) != null) {
            throw new IllegalArgumentException("it gives " + name + " twice");
        }
    }

    /** Percent-decoding; in a JDBC URL {@code +} is a space, as the driver takes it. */
    private String decode(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        ByteBuffer decoded = ByteBuffer.allocate(bytes.length);
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == '%') {
                int high = i + 2 < bytes.length ? Character.digit(bytes[i + 1], 16) : -1;
                int low = i + 2 < bytes.length ? Character.digit(bytes[i + 2], 16) : -1;
                if (high < 0 || low < 0 || high + low == 0) {
                    throw new IllegalArgumentException(
                            "a % in it is not followed by two hexadecimal digits (%25 is a %)");
                }
                decoded.put((byte) (high * 16 + low));
                i += 2;
            } else {
                decoded.put(jdbc && bytes[i] == '+' ? (byte) ' ' : bytes[i]);
            }
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(decoded.flip()).toString();
        } catch (CharacterCodingException _) {
            throw new IllegalArgumentException("its percent-encoding is not UTF-8");
        }
    }
}
