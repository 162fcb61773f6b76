package dev.phaselock.e2e;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.phaselock.api.Kubectl.Answer;
import dev.phaselock.postgres.PgDatabase;
import dev.phaselock.postgres.PgServer.PgRole;
import dev.phaselock.postgres.PgServers;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A namespace with a database of its own, its owner, and the owner's Secret.
 *
 * @param owner of the database, with pg_monitor
 */
public record Site(String namespace, PgDatabase database, PgRole owner) {
    /** The Secret of the owner. */
    public static final String SECRET = "shop-db-app";

    private static final AtomicInteger NUMBER = new AtomicInteger();

    public static Site create() throws SQLException {
        String name = "site-" + NUMBER.incrementAndGet();
        PgDatabase database = PgServers.newest().newDatabase();
        PgRole owner = new PgRole("owner_" + database.name(), newPassword());
        var site = new Site(name, database, owner);
        site.role(owner);
        database.execute(
                "GRANT pg_monitor TO " + owner.name(),
                "ALTER DATABASE " + database.name() + " OWNER TO " + owner.name(),
                "GRANT ALL ON SCHEMA public TO " + owner.name());
        var client = Installation.get().client();
        client.resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .endMetadata()
                        .build())
                .create();
        site.secret(SECRET, Map.of("uri", database.url(owner)));
        await().atMost(10, SECONDS)
                .until(() -> client.serviceAccounts()
                                .inNamespace(name)
                                .withName("default")
                                .get()
                        != null);
        return site;
    }

    /** One that is found nowhere by accident; all of them are looked for by {@link PasswordSearch}. */
    static String newPassword() {
        String password = "pw" + HexFormat.of().formatHex(new SecureRandom().generateSeed(12));
        PasswordSearch.remember(password);
        return password;
    }

    /** A role with a password of its own, that may log in. */
    public PgRole newRole() throws SQLException {
        PgRole role = new PgRole("role_" + NUMBER.incrementAndGet() + "_" + database.name(), newPassword());
        role(role);
        return role;
    }

    private void role(PgRole role) throws SQLException {
        database.execute("CREATE ROLE " + role.name() + " LOGIN PASSWORD '" + role.password() + "'");
    }

    /** Creates or replaces a Secret. */
    public void secret(String name, Map<String, String> data) {
        Installation.get()
                .client()
                .resource(new SecretBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .withNamespace(namespace)
                        .endMetadata()
                        .withStringData(data)
                        .build())
                .serverSideApply();
    }

    /** Runs statements as the owner, each in a transaction of its own. */
    public void sql(String... statements) throws SQLException {
        try (Connection connection = database.connect(owner);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    /** Customers 1 to 10, and 100 orders of theirs without a foreign key. */
    public void shop() throws SQLException {
        sql(
                "CREATE TABLE customers (id int PRIMARY KEY, name text)",
                "CREATE TABLE orders (id int PRIMARY KEY, customer_id int, total int, note text)",
                "INSERT INTO customers SELECT g, 'Customer ' || g FROM generate_series(1, 10) AS g",
                "INSERT INTO orders SELECT g, 1 + g % 10, g FROM generate_series(1, 100) AS g");
    }

    /** The tables and their constraints: what a refused change leaves as it is. */
    public List<String> catalog() throws SQLException {
        return database.query("""
                SELECT c.oid::regclass::text || ' ' || a.attname || ' ' || coalesce(k.conname || ' '
                    || pg_get_constraintdef(k.oid) || k.convalidated, '')
                FROM pg_class c
                JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                LEFT JOIN pg_constraint k ON k.conrelid = c.oid
                WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
                ORDER BY 1
                """);
    }

    /** {@code NAME valid} or {@code NAME not valid} of each check and foreign key. */
    public List<String> constraints() throws SQLException {
        return database.query(
                "SELECT conname || CASE WHEN convalidated THEN ' valid' ELSE ' not valid' END FROM pg_constraint"
                        + " WHERE contype IN ('c', 'f') AND connamespace = 'public'::regnamespace ORDER BY 1");
    }

    /** A transaction that has written to a table and stays open. */
    public Connection writeAndStay(String application, String write) throws SQLException {
        Connection connection = DriverManager.getConnection(
                database.jdbcUrl() + "?ApplicationName=" + application, owner.name(), owner.password());
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute(write);
        }
        return connection;
    }

    /** Sessions of Phaselock, by their application_name. */
    public List<String> sessions() throws SQLException {
        return database.query("SELECT application_name FROM pg_stat_activity WHERE application_name LIKE 'phaselock/"
                + namespace + "/%' ORDER BY 1");
    }

    /** {@code kubectl}, in this namespace. */
    public Answer kubectl(String input, String... arguments) {
        String[] all = new String[arguments.length + 2];
        all[0] = "-n";
        all[1] = namespace;
        System.arraycopy(arguments, 0, all, 2, arguments.length);
        return Installation.get().kubectl(input, all);
    }

    /** {@code kubectl apply} of a change with the owner's Secret; see {@link #manifest}. */
    public Change apply(String name, String changes) {
        return apply(name, SECRET, changes, "");
    }

    /** Likewise, with another Secret, and further lines of the spec in YAML, each with two spaces before it. */
    public Change apply(String name, String secret, String changes, String more) {
        Answer answer = kubectl(manifest(name, secret, changes) + more, "apply", "-f", "-");
        assertThat(answer.exitCode()).as(answer.text()).isZero();
        return new Change(this, name);
    }

    /**
     * A SchemaChange in YAML.
     *
     * @param changes in YAML's flow style, on one line
     */
    public String manifest(String name, String secret, String changes) {
        return """
                apiVersion: phaselock.dev/v1alpha1
                kind: SchemaChange
                metadata: {name: %s}
                spec:
                  database: {secretRef: {name: %s}}
                  changes: %s
                """.formatted(name, secret, changes);
    }

    /** A string for a manifest, whatever is in it. */
    public static String quoted(String text) {
        return Serialization.asJson(text);
    }
}
