package dev.phaselock.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.phaselock.api.DatabaseSpec;
import dev.phaselock.api.SecretKeyReference;
import dev.phaselock.api.SecretReference;
import dev.phaselock.api.TlsSpec;
import dev.phaselock.plan.Reason;
import dev.phaselock.sql.Identifier;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ConnectionSettingsTest {
    private static final String PASSWORD = "geheim";
    private static final Map<String, String> COMPLETE =
            Map.of("host", "db", "dbname", "shop", "user", "app", "password", PASSWORD);

    @TempDir
    private Path secret;

    // The key sets of the operators, as their documentation and sources have them.

    @Test
    void readsTheSecretOfCloudNativePg() {
        ConnectionSettings settings = read(Map.ofEntries(
                Map.entry("dbname", "app"),
                Map.entry(
                        "fqdn-jdbc-uri",
                        "jdbc:postgresql://shop-rw.db.svc.cluster.local:5432/app?password=geheim&user=app"),
                Map.entry("fqdn-uri", "postgresql://app:geheim@shop-rw.db.svc.cluster.local:5432/app"),
                Map.entry("host", "shop-rw"),
                Map.entry("jdbc-uri", "jdbc:postgresql://shop-rw.db:5432/app?password=geheim&user=app"),
                Map.entry("password", PASSWORD),
                Map.entry("pgpass", "shop-rw:5432:app:app:geheim\n"),
                Map.entry("port", "5432"),
                Map.entry("uri", "postgresql://app:geheim@shop-rw.db:5432/app"),
                Map.entry("user", "app"),
                Map.entry("username", "app")));
        assertThat(settings.hosts()).containsExactly(new Host("shop-rw.db", 5432));
        assertThat(settings.database()).isEqualTo("app");
        assertThat(settings.user()).isEqualTo("app");
        assertThat(settings.password().reveal()).isEqualTo(PASSWORD);
        assertThat(settings.tls()).isEqualTo(TlsSpec.Mode.VERIFY_FULL);
        assertThat(settings.schemas()).containsExactly(new Identifier("public"));
    }

    @Test
    void readsTheSecretOfCrunchyAndNotItsPooler() {
        ConnectionSettings settings = read(Map.ofEntries(
                Map.entry("dbname", "hippo"),
                Map.entry("host", "hippo-primary.pgo.svc"),
                Map.entry("jdbc-uri", "jdbc:postgresql://hippo-primary.pgo.svc:5432/hippo?password=g%2Ah&user=hippo"),
                Map.entry("password", "g*h"),
                Map.entry("pgbouncer-host", "hippo-pgbouncer.pgo.svc"),
                Map.entry("pgbouncer-port", "5432"),
                Map.entry("pgbouncer-uri", "postgresql://hippo:g%2Ah@hippo-pgbouncer.pgo.svc:5432/hippo"),
                Map.entry("port", "5432"),
                Map.entry("uri", "postgresql://hippo:g%2Ah@hippo-primary.pgo.svc:5432/hippo"),
                Map.entry("user", "hippo"),
                Map.entry("verifier", "SCRAM-SHA-256$4096:x")));
        assertThat(settings.hosts()).containsExactly(new Host("hippo-primary.pgo.svc", 5432));
        assertThat(settings.user()).isEqualTo("hippo");
        assertThat(settings.password().reveal()).isEqualTo("g*h");
    }

    @Test
    void readsTheSecretOfZalandoWithHostAndNameFromTheManifest() {
        Map<String, String> zalando = Map.of("username", "foo_user", "password", PASSWORD);
        ConnectionSettings settings = read(zalando, spec("acid-minimal", 5433, "foo", null));
        assertThat(settings.hosts()).containsExactly(new Host("acid-minimal", 5433));
        assertThat(settings.database()).isEqualTo("foo");
        assertThat(settings.user()).isEqualTo("foo_user");

        assertRefused(zalando, spec(null, null, null, null))
                .hasMessageContaining("has no host, no dbname")
                .hasMessageContaining("shop-db");
    }

    @ParameterizedTest
    @ValueSource(strings = {"uri", "jdbc-uri", "url"})
    void takesAUrlUnderEachOfItsKeys(String key) {
        ConnectionSettings settings = read(Map.of(key, "postgresql://app:geheim@db:6000/shop"));
        assertThat(settings).hasToString("app@db:6000/shop (VERIFY_FULL)");
    }

    @ParameterizedTest
    @CsvSource({"dbname, user", "database, username"})
    void takesTheOtherKeysUnderEachOfTheirSpellings(String database, String user) {
        assertThat(read(Map.of("host", "db", "port", "6000", database, "shop", user, "app", "password", PASSWORD)))
                .hasToString("app@db:6000/shop (VERIFY_FULL)");
    }

    @Test
    void fillsWhatAUrlLeavesOutFromTheOtherKeys() {
        ConnectionSettings settings =
                read(Map.of("uri", "postgresql://db/shop", "username", "app", "password", PASSWORD, "port", "1"));
        assertThat(settings).hasToString("app@db:5432/shop (VERIFY_FULL)");
    }

    @Test
    void aLineEndAtTheEndOfAValueDoesNotCount() {
        Map<String, String> withLineEnds = new TreeMap<>(COMPLETE);
        withLineEnds.replaceAll((_, value) -> value + "\n");
        assertThat(read(withLineEnds).password().reveal()).isEqualTo(PASSWORD);
    }

    // Missing and wrong.

    @Test
    void aMissingSecretIsNamedWhetherItsFolderIsEmptyOrNotThere() throws IOException {
        Files.createDirectories(secret.resolve("..2026_01_01"));
        assertRefused(Map.of(), spec(null, null, null, null))
                .hasMessageContaining("The Secret shop-db is missing")
                .extracting(e -> ((InvalidConnectionException) e).reason())
                .isEqualTo(Reason.SECRET_MISSING);
        assertThatThrownBy(() -> ConnectionSettings.ofSecret(
                        secret.resolve("nowhere"), null, null, spec(null, null, null, null)))
                .hasMessageContaining("The Secret shop-db is missing");
    }

    @ParameterizedTest
    @ValueSource(strings = {"host", "dbname", "user", "password"})
    void aMissingKeyIsNamed(String key) {
        Map<String, String> incomplete = new TreeMap<>(COMPLETE);
        incomplete.remove(key);
        assertRefused(incomplete, spec(null, null, null, null))
                .hasMessageContaining("has no " + key)
                .extracting(e -> ((InvalidConnectionException) e).reason())
                .isEqualTo(Reason.SECRET_MISSING);
    }

    @Test
    void anEmptyPasswordIsMeant() {
        Map<String, String> without = new TreeMap<>(COMPLETE);
        without.put("password", "");
        assertThat(read(without).password().isEmpty()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"evil.example, , , database.host", ", 6000, , database.port", ", , other, database.name"})
    void whatTheSecretSaysCannotBeGivenInTheManifest(String host, Integer port, String name, String field) {
        Map<String, String> complete = new TreeMap<>(COMPLETE);
        complete.put("port", "5432");
        assertRefused(complete, spec(host, port, name, null))
                .hasMessageContaining(field + " is given")
                .hasMessageContaining("the Secret shop-db has")
                .extracting(e -> ((InvalidConnectionException) e).reason())
                .isEqualTo(Reason.INVALID_SPEC);
    }

    @Test
    void aHostCannotBeGivenBesideAUrlThatNamesOne() {
        assertRefused(Map.of("uri", "postgresql://app:geheim@db/shop"), spec("evil.example", null, null, null))
                .hasMessageContaining("database.host is given");
    }

    @ParameterizedTest
    @CsvSource({
        "host, /var/run/postgresql, Unix socket",
        "host, evil?sslmode=disable, neither a host name nor an IP address",
        "host, 'a b', neither a host name nor an IP address",
        "port, 0, between 1 and 65535",
        "port, 65536, between 1 and 65535",
        "port, five, not a number",
        "port, '1,2', not as many ports as hosts",
        "uri, postgresql://db/shop?sslfactory=evil, sslfactory",
        "uri, postgresql://db/shop?sslrootcert=/etc/passwd, ca.crt",
        "uri, postgresql://db/shop?sslmode=prefer, promise nothing",
        "uri, postgresql://db/shop?sslmode=none, none of",
        "uri, postgresql://db/shop?connect_timeout=soon, seconds",
        "uri, postgresql://db/shop?target_session_attrs=standby, primary",
        "uri, geheim, does not begin with",
        "url, postgresql://u:ge@heim@db/shop, percent-encoded",
        "user, 'a\u0000b', control characters",
        "ca.crt, geheim, PEM"
    })
    void aValueThatCannotBeUsedIsRefusedWithoutRepeatingIt(String key, String value, String why) {
        Map<String, String> keys = new TreeMap<>(COMPLETE);
        keys.put(key, value);
        assertRefused(keys, spec(null, null, null, null))
                .hasMessageContaining(why)
                .hasMessageContaining("shop-db")
                .extracting(e -> ((InvalidConnectionException) e).reason())
                .isEqualTo(Reason.SECRET_INVALID);
    }

    @Test
    void aValueThatIsTooLongOrNotUtf8IsRefusedByItsKey() throws IOException {
        write(COMPLETE);
        Files.write(secret.resolve("user"), new byte[] {(byte) 0xff});
        assertThatThrownBy(() -> ConnectionSettings.ofSecret(secret, null, null, spec(null, null, null, null)))
                .hasMessageContaining("key user")
                .hasMessageContaining("UTF-8");
        Files.writeString(secret.resolve("user"), "x".repeat(10_000));
        assertThatThrownBy(() -> ConnectionSettings.ofSecret(secret, null, null, spec(null, null, null, null)))
                .hasMessageContaining("key user")
                .hasMessageContaining("longer than");
    }

    /** Files of the runner's machine are not a Secret's to name. */
    @ParameterizedTest
    @ValueSource(strings = {"sslcert=/etc/passwd", "sslkey=/etc/passwd"})
    void aFileThatASecretsUriNamesIsRefused(String parameter) {
        assertRefused(Map.of("uri", "postgresql://u:" + PASSWORD + "@h/d?" + parameter), spec(null, null, null, null))
                .hasMessageContaining("tls.crt and tls.key")
                .hasMessageNotContaining("passwd");
    }

    @Test
    void aMissingCertificateAuthorityIsNamed() {
        TlsSpec tls = new TlsSpec(null, new SecretKeyReference("shop-ca", "root.pem"), null, null);
        assertRefused(COMPLETE, spec(null, null, null, tls))
                .hasMessageContaining("database.tls.caSecretRef")
                .hasMessageContaining("shop-ca")
                .hasMessageContaining("root.pem");
    }

    // TLS, role, schemas.

    @ParameterizedTest
    @CsvSource({
        "db, , , VERIFY_FULL",
        "127.0.0.1, , , DISABLE",
        "localhost, , , DISABLE",
        "[::1], , , DISABLE",
        "'localhost,db', , , VERIFY_FULL",
        "127.0.0.1.evil.example, , , VERIFY_FULL",
        "db, require, , REQUIRE",
        "localhost, verify-full, , VERIFY_FULL",
        "db, verify-ca, VERIFY_FULL, VERIFY_FULL",
        "db, prefer, REQUIRE, REQUIRE",
        "localhost, , VERIFY_CA, VERIFY_CA"
    })
    void verifiesEverythingUnlessTheManifestOrTheUrlOrALoopbackAddressSaysOtherwise(
            String host, String sslmode, TlsSpec.Mode manifest, TlsSpec.Mode expected) {
        String url = "postgresql://app:geheim@" + host + "/shop" + (sslmode == null ? "" : "?sslmode=" + sslmode);
        TlsSpec tls = manifest == null ? null : new TlsSpec(manifest, null, null, null);
        assertThat(read(Map.of("uri", url), spec(null, null, null, tls)).tls()).isEqualTo(expected);
    }

    @Test
    void foldsAndChecksRoleAndSchemas() {
        DatabaseSpec spec = new DatabaseSpec(
                new SecretReference("shop-db"), null, null, null, "Owner", List.of("Shop", "\"Shop\""), null);
        ConnectionSettings settings = read(COMPLETE, spec);
        assertThat(settings.role()).isEqualTo(new Identifier("owner"));
        assertThat(settings.schemas()).containsExactly(new Identifier("shop"), new Identifier("Shop"));

        DatabaseSpec wrong =
                new DatabaseSpec(new SecretReference("shop-db"), null, null, null, "a; DROP TABLE x", List.of(), null);
        assertRefused(COMPLETE, wrong).hasMessageContaining("database.role");
    }

    @Test
    void ofSeveralServersThePrimaryIsWanted() {
        assertThat(read(Map.of("uri", "postgresql://app:geheim@a,b/shop")).targetSession())
                .isEqualTo("primary");
        assertThat(read(Map.of("uri", "postgresql://app:geheim@a/shop")).targetSession())
                .isEqualTo("any");
    }

    // The command line.

    @Test
    void aUrlOnTheCommandLineIsFilledFromTheEnvironment() {
        ConnectionSettings settings =
                ConnectionSettings.ofUrl("postgresql://", null, Map.of("PGUSER", "me", "PGPASSWORD", PASSWORD));
        assertThat(settings).hasToString("me@localhost:5432/me (DISABLE)");
        assertThat(settings.password().reveal()).isEqualTo(PASSWORD);
        assertThat(ConnectionSettings.ofUrl("postgresql://u:other@h/d", null, Map.of("PGPASSWORD", PASSWORD))
                        .password()
                        .reveal())
                .isEqualTo("other");
    }

    @Test
    void aUrlOnTheCommandLineTakesOnlyRoleAndSchemasFromTheManifest() {
        DatabaseSpec spec = new DatabaseSpec(
                new SecretReference("shop-db"),
                "db",
                1,
                "other",
                "owner",
                List.of("shop"),
                new TlsSpec(TlsSpec.Mode.DISABLE, new SecretKeyReference("shop-ca", "ca.crt"), null, null));
        ConnectionSettings settings = ConnectionSettings.ofUrl("postgresql://u@h/d", spec, Map.of());
        assertThat(settings).hasToString("u@h:5432/d (VERIFY_FULL)");
        assertThat(settings.role()).isEqualTo(new Identifier("owner"));
        assertThat(settings.schemas()).containsExactly(new Identifier("shop"));
        assertThat(settings.certificateAuthority()).isNull();
    }

    @Test
    void aUrlOnTheCommandLineThatIsNoneIsRefusedWithoutRepeatingIt() {
        assertThatThrownBy(() -> ConnectionSettings.ofUrl("postgresql://u:ge@heim@h/d", null, Map.of()))
                .isInstanceOf(InvalidConnectionException.class)
                .hasMessageContaining("The database URL cannot be used")
                .hasMessageNotContaining("heim");
    }

    @Test
    void noTextOfTheSettingsHoldsThePassword() {
        ConnectionSettings settings = read(COMPLETE);
        assertThat(settings.toString() + settings.password() + List.of(settings))
                .doesNotContain(PASSWORD);
    }

    private ConnectionSettings read(Map<String, String> keys) {
        return read(keys, spec(null, null, null, null));
    }

    private ConnectionSettings read(Map<String, String> keys, DatabaseSpec spec) {
        write(keys);
        return ConnectionSettings.ofSecret(secret, null, null, spec);
    }

    private AbstractThrowableAssert<?, ? extends Throwable> assertRefused(Map<String, String> keys, DatabaseSpec spec) {
        InvalidConnectionException refusal =
                catchThrowableOfType(InvalidConnectionException.class, () -> read(keys, spec));
        return assertThat(refusal).isNotNull().hasMessageNotContaining(PASSWORD).hasMessageNotContaining("heim");
    }

    private void write(Map<String, String> keys) {
        keys.forEach((key, value) -> {
            try {
                Files.writeString(secret.resolve(key), value);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private static DatabaseSpec spec(String host, Integer port, String name, TlsSpec tls) {
        return new DatabaseSpec(new SecretReference("shop-db"), host, port, name, null, null, tls);
    }
}
