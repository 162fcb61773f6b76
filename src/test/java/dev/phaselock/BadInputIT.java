package dev.phaselock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.phaselock.e2e.Change;
import dev.phaselock.e2e.PasswordSearch;
import dev.phaselock.e2e.Site;
import dev.phaselock.postgres.PgServer.PgRole;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What is wrong with a manifest, a schema, a Secret or a server is said by name, changes nothing, and heals; what only
 * looks wrong works. What the API server itself refuses is SchemaChangeCrdIT's.
 */
class BadInputIT {
    private static final String CHECK = "[{addCheck: {table: orders, name: orders_total, expression: total >= 0}}]";

    private Site site;

    @BeforeEach
    void newSite() throws Exception {
        site = Site.create();
        site.shop();
    }

    @AfterAll
    static void noPasswordIsAnywhere() throws Exception {
        PasswordSearch.assertNoneFound();
    }

    @Test
    void aTargetThatIsMissingIsNamedWithTheNearestOneAndNothingIsChanged() throws Exception {
        List<String> before = site.catalog();
        Map<Change, List<String>> told = new LinkedHashMap<>();
        told.put(
                key("no-table", "orderz", "customer_id", "customers", "id"),
                List.of("orderz", "did you mean public.orders"));
        told.put(
                key("no-referenced", "orders", "customer_id", "custmers", "id"),
                List.of("custmers", "public.customers"));
        told.put(key("no-column", "orders", "custmer_id", "customers", "id"), List.of("custmer_id", "customer_id"));
        told.put(key("no-unique", "orders", "note", "customers", "name"), List.of("customers", "name", "unique"));
        told.put(key("type", "orders", "note", "customers", "id"), List.of("note", "text", "integer"));

        told.forEach((change, words) -> {
            change.awaitStalled("InvalidTarget");
            assertThat(change.says("Accepted")).isEqualTo("False/InvalidTarget");
            assertThat(change.message("Stalled")).contains(words);
        });
        assertThat(site.catalog()).isEqualTo(before);

        site.sql("ALTER TABLE customers ADD UNIQUE (name)", "UPDATE orders SET note = 'Customer 1'");
        new Change(site, "no-unique").awaitReady();
        assertThat(site.constraints()).containsExactly("no_unique valid");
    }

    private Change key(String name, String table, String column, String referenced, String key) {
        return site.apply(
                name,
                "[{addForeignKey: {table: %s, name: %s, columns: [%s], references: {table: %s, columns: [%s]}}}]"
                        .formatted(table, name.replace('-', '_'), column, referenced, key));
    }

    @Test
    void whatIsNotExactlyOneBooleanExpressionIsRefusedAndNothingOfItIsRun() throws Exception {
        List<String> before = site.catalog();
        Map<String, String> expressions = Map.of(
                "drop", "total > 0); DROP TABLE customers; --",
                "close", "total > 0), DROP COLUMN note, ADD CHECK (true",
                "comment", "total > 0) NOT VALID --",
                "number", "total + 1",
                "subquery", "total > (SELECT 0)",
                "two", "total > 0, total < 9",
                "function", "sleep(total)");
        List<Change> changes = expressions.entrySet().stream()
                .map(entry -> site.apply(
                        entry.getKey(),
                        "[{addCheck: {table: orders, expression: " + Site.quoted(entry.getValue()) + "}}]"))
                .toList();

        changes.forEach(change -> change.awaitStalled("InvalidExpression"));
        assertThat(site.catalog()).isEqualTo(before);
    }

    @Test
    void namesWithAnythingInThemWork() throws Exception {
        String table = "Wéird \"táble\" %s\n$$;--";
        String column = "select";
        String constraint = "Ck %d 'x' \\ $(PATH)";
        String longest = "long_" + "é".repeat(40);
        site.sql(
                "CREATE TABLE " + sql(table) + " (" + sql(column) + " int, \"Customer\" int)",
                "INSERT INTO " + sql(table) + " VALUES (1, 1)");

        Change change = site.apply(
                "weird",
                "[{addCheck: {table: %s, name: %s, expression: %s}},"
                                .formatted(
                                        Site.quoted(sql(table)),
                                        Site.quoted(sql(constraint)),
                                        Site.quoted("\"select\" > 0"))
                        + " {addForeignKey: {table: %s, columns: [%s], references: {table: Customers}}},"
                                .formatted(Site.quoted(sql(table)), Site.quoted(sql("Customer")))
                        + " {addCheck: {table: orders, name: %s, expression: total > 0}}]"
                                .formatted(Site.quoted(longest)));
        change.awaitReady();

        // PostgreSQL's own rules: 63 bytes, and a name from table and column for a key without one.
        assertThat(
                        site.database()
                                .query(
                                        "SELECT conname, conrelid = to_regclass(" + literal(sql(table))
                                                + ") FROM pg_constraint WHERE contype IN ('c', 'f') AND connamespace = 'public'::regnamespace"))
                .containsExactlyInAnyOrder(
                        constraint + "|t", "long_" + "é".repeat(29) + "|f", table + "_Customer_fkey|t");
        assertThat(change.status().target()).isNotBlank();
    }

    @Test
    void whatIsInAStringOfAnExpressionArrivesUnchanged() throws Exception {
        String text = "$$ $ $$$(PATH) $(HOME) ${HOME} \\ \\n %s é \" '";
        site.sql("UPDATE orders SET note = 'fine'");
        site.apply(
                        "text",
                        "[{addCheck: {table: orders, name: orders_note, expression: "
                                + Site.quoted("note <> " + literal(text)) + "}}]")
                .awaitReady();

        site.sql("UPDATE orders SET note = " + literal(text + " and more") + " WHERE id = 1");
        assertThatThrownBy(() -> site.sql("UPDATE orders SET note = " + literal(text) + " WHERE id = 1"))
                .isInstanceOf(SQLException.class)
                .extracting(e -> ((SQLException) e).getSQLState())
                .isEqualTo("23514");
    }

    @Test
    void aMissingPrivilegeIsToldWithItsGrantAndItGoesOnAfterIt() throws Exception {
        PgRole stranger = site.newRole();
        PgRole keeper = site.newRole();
        site.secret("stranger", Map.of("uri", site.database().url(stranger)));
        site.secret("keeper", Map.of("uri", site.database().url(keeper)));
        site.sql("GRANT ALL ON SCHEMA public TO " + keeper.name());
        for (String table : List.of("no_references", "no_select")) {
            site.database()
                    .execute(
                            "CREATE TABLE " + table + " (customer_id int)",
                            "ALTER TABLE " + table + " OWNER TO " + keeper.name());
        }
        site.sql(
                "CREATE TABLE unreadable (id int PRIMARY KEY)",
                "GRANT SELECT ON customers TO " + keeper.name(),
                "GRANT REFERENCES ON unreadable TO " + keeper.name());

        Change owner = site.apply("owner", "stranger", CHECK, "");
        Change references = site.apply(
                "references",
                "keeper",
                "[{addForeignKey: {table: no_references,"
                        + " columns: [customer_id], references: {table: customers}}}]",
                "");
        Change select = site.apply(
                "select",
                "keeper",
                "[{addForeignKey: {table: no_select," + " columns: [customer_id], references: {table: unreadable}}}]",
                "");

        grant(owner, "GRANT " + site.owner().name() + " TO " + stranger.name());
        grant(references, "GRANT REFERENCES (id) ON public.customers TO " + keeper.name());
        grant(select, "GRANT SELECT (id) ON public.unreadable TO " + keeper.name());
        owner.awaitReady();
        references.awaitReady();
        select.awaitReady();
        assertThat(site.constraints())
                .containsExactly(
                        "no_references_customer_id_fkey valid",
                        "no_select_customer_id_fkey valid",
                        "orders_total valid");
    }

    /** Runs the GRANT that the message tells, as somebody who may. */
    private void grant(Change change, String expected) throws SQLException {
        change.awaitStalled("PermissionDenied");
        Matcher told = Pattern.compile("GRANT .*? TO \"?\\w+\"?").matcher(change.message("Stalled"));
        assertThat(told.find()).as(change.message("Stalled")).isTrue();
        assertThat(told.group().replace("\"", "")).isEqualTo(expected);
        site.database().execute(told.group());
    }

    @Test
    void aSecretOrServerThatCannotBeUsedIsToldAndItGoesOnWhenItHeals() throws Exception {
        String good = site.database().url(site.owner());
        int nobody;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            nobody = socket.getLocalPort();
        }
        PgRole other = site.newRole();
        site.secret("no-keys", Map.of("user", site.owner().name()));
        site.secret("wrong", Map.of("uri", good.replace(site.owner().password(), other.password())));
        site.secret(
                "nobody",
                Map.of("uri", good.replace(":" + site.database().server().port() + "/", ":" + nobody + "/")));
        site.secret("garbage", Map.of("uri", "postgresql://%zz" + other.password()));
        Map<String, String> reasons = new LinkedHashMap<>();
        reasons.put("missing", "SecretMissing");
        reasons.put("no-keys", "SecretMissing");
        reasons.put("wrong", "CredentialsInvalid");
        reasons.put("nobody", "ConnectionFailed");
        reasons.put("garbage", "SecretInvalid");
        reasons.keySet()
                .forEach(secret -> site.apply(
                        secret,
                        secret,
                        "[{addCheck: {table: orders, name: %s, expression: total >= 0}}]"
                                .formatted(secret.replace('-', '_')),
                        ""));

        reasons.forEach((name, reason) -> {
            var change = new Change(site, name);
            change.until(() -> assertThat(change.says("Accepted")).isEqualTo("False/" + reason));
            assertThat(change.says("Ready")).isEqualTo("False/" + reason);
        });
        assertThat(new Change(site, "missing").message("Ready")).contains("Secret missing");
        assertThat(new Change(site, "no-keys").message("Ready")).contains("no host", "no dbname", "no password");
        assertThat(new Change(site, "nobody").message("Ready")).contains("127.0.0.1:" + nobody);

        reasons.keySet().forEach(secret -> site.secret(secret, Map.of("uri", good)));
        reasons.keySet().forEach(name -> new Change(site, name).awaitReady());
        assertThat(site.constraints()).hasSize(5).allMatch(constraint -> constraint.endsWith(" valid"));
    }

    @Test
    void aManifestBeyondWhatAJobTakesIsRefusedWithItsLimit() throws Exception {
        List<String> before = site.catalog();
        StringBuilder changes = new StringBuilder("[");
        for (int i = 0; i < 13; i++) {
            changes.append(i == 0 ? "" : ", ")
                    .append("{addCheck: {table: orders, name: c%d, expression: \"note <> '%s'\"}}"
                            .formatted(i, "x".repeat(8000)));
        }
        Change change = site.apply("large", changes.append("]").toString()).awaitStalled("InvalidSpec");
        assertThat(change.message("Stalled")).contains("98304");
        assertThat(site.catalog()).isEqualTo(before);

        var refused = site.kubectl(
                site.manifest(
                        "larger",
                        Site.SECRET,
                        "[{addCheck: {table: orders, expression: \"note <> '%s'\"}}]".formatted("x".repeat(8192))),
                "apply",
                "-f",
                "-");
        assertThat(refused.exitCode()).isNotZero();
        assertThat(refused.text()).contains("expression", "8192");
    }

    /** A quoted identifier. */
    private static String sql(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    private static String literal(String text) {
        return "'" + text.replace("'", "''") + "'";
    }
}
