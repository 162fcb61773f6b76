package dev.phaselock.postgres;

import dev.phaselock.api.TlsSpec;
import dev.phaselock.sql.Identifier;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.postgresql.Driver;
import org.postgresql.PGProperty;

/**
 * Opens sessions that are named after a change and a phase, and that are the same on every server: what a role's or a
 * database's defaults say about timeouts, search path, isolation and messages does not hold in them.
 *
 * <p>Passwords are answered by SCRAM only (the driver's {@code requireAuth}): no server gets one in plain text or as an
 * md5 hash. A server that asks for none is fine.
 *
 * <p>The settings are those of the session ({@code SET}), so a pooler that shares sessions is refused ({@link
 * PoolerCheck}). What a transaction needs otherwise it sets with {@code SET LOCAL}, so that it ends with it.
 *
 * <p>Both ends notice within seconds that the other one is gone: we by {@link KeepaliveSocketFactory}, the server by
 * {@code tcp_keepalives_idle}, {@code tcp_user_timeout} and {@code client_connection_check_interval} (14 and later, also
 * while a statement runs), so that a network that dies gives its locks back.
 */
public final class Sessions {
    /** Of a name in PostgreSQL ({@code NAMEDATALEN - 1}), bytes. */
    private static final int MAX_NAME_BYTES = Identifier.MAX_BYTES;

    /** More than enough to exchange keys, and not for ever when a server takes a connection and says nothing. */
    private static final int LOGIN_EXTRA_SECONDS = 5;

    /** Behind a pooler whose sessions are all taken the first statement waits: milliseconds. */
    private static final int OPENING_MILLIS = 15_000;

    private static final Driver DRIVER = new Driver();

    private final ConnectionSettings settings;
    private final String applicationName;

    /**
     * @param change {@code namespace/name} of the SchemaChange
     * @param phase the phase's name
     */
    public Sessions(ConnectionSettings settings, String change, String phase) {
        this.settings = settings;
        this.applicationName = applicationName("phaselock/" + change + "/" + phase);
    }

    /** As it stands in {@code pg_stat_activity}. */
    public String applicationName() {
        return applicationName;
    }

    /**
     * A new session in autocommit mode, to be closed by the caller.
     *
     * @throws ConnectionFailedException when there is none to be had; it knows what to tell people
     */
    public Connection open() throws SQLException {
        Connection connection = connect();
        try (Statement statement = connection.createStatement()) {
            connection.setNetworkTimeout(Runnable::run, OPENING_MILLIS);
            PoolerCheck.requireOwnSession(connection, this::connect, settings);
            statement.execute(
                    String.join(";", sessionSettings(connection.getMetaData().getDatabaseMajorVersion())));
            takeOnRole(statement);
            // From here on a statement may run for hours; keepalives tell whether the server still is there.
            connection.setNetworkTimeout(Runnable::run, 0);
            return connection;
        } catch (ConnectionFailedException e) {
            close(connection, e);
            throw e;
        } catch (SQLException e) {
            close(connection, e);
            throw new ConnectionFailedException(OpeningFailures.afterLogin(e, settings), e);
        }
    }

    private void takeOnRole(Statement statement) throws ConnectionFailedException {
        if (settings.role() == null) {
            return;
        }
        try {
            statement.execute("SET ROLE " + settings.role().quoted());
        } catch (SQLException e) {
            throw new ConnectionFailedException(OpeningFailures.ofRole(e, settings), e);
        }
    }

    private Connection connect() throws ConnectionFailedException {
        try {
            return DRIVER.connect("jdbc:postgresql://", properties());
        } catch (SQLException e) {
            throw new ConnectionFailedException(OpeningFailures.classify(e, settings), e);
        }
    }

    private static void close(Connection connection, SQLException cause) {
        try {
            connection.close();
        } catch (SQLException e) {
            cause.addSuppressed(e);
        }
    }

    private Properties properties() {
        Properties properties = new Properties();
        PGProperty.PG_HOST.set(properties, joined(Host::name));
        PGProperty.PG_PORT.set(properties, joined(host -> Integer.toString(host.port())));
        PGProperty.PG_DBNAME.set(properties, settings.database());
        PGProperty.USER.set(properties, settings.user());
        if (!settings.password().isEmpty()) {
            PGProperty.PASSWORD.set(properties, settings.password().reveal());
        }
        PGProperty.REQUIRE_AUTH.set(properties, "scram-sha-256,none");
        PGProperty.CHANNEL_BINDING.set(properties, settings.channelBinding());
        PGProperty.GSS_ENC_MODE.set(properties, "disable");
        tls(properties);
        PGProperty.TARGET_SERVER_TYPE.set(properties, settings.targetSession());
        PGProperty.CONNECT_TIMEOUT.set(properties, settings.connectSeconds());
        PGProperty.LOGIN_TIMEOUT.set(
                properties, settings.connectSeconds() * settings.hosts().size() + LOGIN_EXTRA_SECONDS);
        PGProperty.SOCKET_TIMEOUT.set(properties, 0);
        PGProperty.TCP_KEEP_ALIVE.set(properties, true);
        PGProperty.SOCKET_FACTORY.set(properties, KeepaliveSocketFactory.class.getName());
        PGProperty.CANCEL_SIGNAL_TIMEOUT.set(properties, 5);
        PGProperty.APPLICATION_NAME.set(properties, applicationName);
        PGProperty.ASSUME_MIN_SERVER_VERSION.set(properties, "13");
        // A prepared statement would be looked for in another session behind a pooler.
        PGProperty.PREPARE_THRESHOLD.set(properties, 0);
        // DETAIL and HINT hold row values.
        PGProperty.LOG_SERVER_ERROR_DETAIL.set(properties, false);
        return properties;
    }

    private void tls(Properties properties) {
        PGProperty.SSL_MODE.set(
                properties,
                switch (settings.tls()) {
                    case DISABLE -> "disable";
                    case REQUIRE -> "require";
                    case VERIFY_CA -> "verify-ca";
                    case VERIFY_FULL -> "verify-full";
                });
        ClientCertificate certificate = settings.clientCertificate();
        if (certificate != null) {
            PGProperty.SSL_FACTORY.set(properties, ClientCertificateSocketFactory.class.getName());
            PGProperty.SSL_CERT.set(properties, certificate.chain().toString());
            PGProperty.SSL_KEY.set(properties, certificate.key().toString());
        }
        if (settings.certificateAuthority() != null) {
            PGProperty.SSL_ROOT_CERT.set(
                    properties, settings.certificateAuthority().toString());
        } else if (certificate == null
                && (settings.tls() == TlsSpec.Mode.VERIFY_CA || settings.tls() == TlsSpec.Mode.VERIFY_FULL)) {
            // The JVM's trust store; the driver's own factory wants a file in the home directory.
            PGProperty.SSL_FACTORY.set(properties, "org.postgresql.ssl.DefaultJavaSSLFactory");
        }
    }

    private String joined(Function<Host, String> part) {
        return settings.hosts().stream().map(part).collect(Collectors.joining(","));
    }

    private List<String> sessionSettings(int major) {
        List<String> sql = new ArrayList<>(List.of(
                "SET statement_timeout = 0",
                "SET lock_timeout = '2s'",
                "SET idle_in_transaction_session_timeout = '60s'",
                "SET default_transaction_isolation = 'read committed'",
                "SET default_transaction_deferrable = off",
                "SET client_min_messages = warning",
                "SET standard_conforming_strings = on",
                "SET quote_all_identifiers = off",
                "SET tcp_keepalives_idle = " + KeepaliveSocketFactory.IDLE_SECONDS,
                "SET tcp_keepalives_interval = " + KeepaliveSocketFactory.INTERVAL_SECONDS,
                "SET tcp_keepalives_count = " + KeepaliveSocketFactory.COUNT,
                "SET tcp_user_timeout = '" + KeepaliveSocketFactory.NOTICED_AFTER_SECONDS + "s'",
                "SET search_path = "
                        + settings.schemas().stream()
                                .map(Identifier::quoted)
                                .collect(Collectors.joining(", ", "", ", pg_temp"))));
        if (major >= 14) {
            sql.add("SET idle_session_timeout = 0");
            sql.add("SET client_connection_check_interval = '5s'");
        }
        if (major >= 17) {
            sql.add("SET transaction_timeout = 0");
        }
        return sql;
    }

    /** Cut to what PostgreSQL keeps, at a character's boundary. */
    static String applicationName(String name) {
        int end = Math.min(name.length(), MAX_NAME_BYTES);
        while (name.substring(0, end).getBytes(StandardCharsets.UTF_8).length > MAX_NAME_BYTES) {
            end--;
        }
        return name.substring(0, end);
    }
}
