package dev.phaselock.cli;

import dev.phaselock.bench.Database;
import dev.phaselock.bench.Servers;
import dev.phaselock.bench.Servers.Site;
import dev.phaselock.local.LocalPostgres;
import dev.phaselock.local.PgBouncer;
import dev.phaselock.local.PostgresBinaries;
import dev.phaselock.local.ReplicatedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A PostgreSQL server of a benchmark's own, in a temporary folder, with what stands around it. All of it ends with the JVM at
 * the latest, also on Ctrl-C.
 */
final class BenchServer implements Servers.Server {
    private static final String DATABASE = "postgres";

    private final Path folder;
    private final Thread hook = new Thread(this::end);
    private LocalPostgres postgres;
    private LocalPostgres standby;
    private PgBouncer pool;

    private BenchServer(Path folder) {
        this.folder = folder;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** One of a major version that the build has fetched. */
    static BenchServer start(Home home, int version, Site site) throws IOException {
        return start(PostgresBinaries.unpack(home.postgres(version)), site, home.resolve("build/pgbouncer"));
    }

    /**
     * Starts one.
     *
     * @param pgBouncer {@code build/pgbouncer}, which finds or fetches one
     */
    static BenchServer start(PostgresBinaries binaries, Site site, Path pgBouncer) throws IOException {
        BenchServer server = new BenchServer(Files.createTempDirectory("phaselock-bench"));
        try {
            server.begin(binaries, site);
            if (site == Site.POOLED) {
                server.pool(pgBouncer);
            }
            return server;
        } catch (IOException e) {
            server.close();
            throw e;
        }
    }

    private void begin(PostgresBinaries binaries, Site site) throws IOException {
        Map<String, String> settings = new HashMap<>(Map.of(
                "max_locks_per_transaction", "256",
                "shared_buffers", "256MB",
                "max_wal_size", "8GB",
                "checkpoint_timeout", "1h"));
        if (site == Site.LOGICAL) {
            settings.put("wal_level", "logical");
        }
        // No commit waits for the disk: what is measured is who waits for whom.
        LocalPostgres.Options options = new LocalPostgres.Options(false, settings);
        postgres = LocalPostgres.start(binaries, folder.resolve("postgres"), options);
        if (site == Site.REPLICATED) {
            ReplicatedPostgres both = ReplicatedPostgres.of(postgres, binaries, folder.resolve("standby"), options);
            postgres = both.primary();
            standby = both.standby();
        }
    }

    private void pool(Path finder) throws IOException {
        List<String> users = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection(jdbcUrl(postgres.port()));
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT format('\"%s\" \"%s\"', rolname, rolpassword)"
                        + " FROM pg_authid WHERE rolpassword IS NOT NULL")) {
            while (row.next()) {
                users.add(row.getString(1));
            }
        } catch (SQLException e) {
            throw new IOException(e.getMessage(), e);
        }
        pool = PgBouncer.start(
                PgBouncer.program(finder),
                postgres.port(),
                users,
                Files.createDirectories(folder.resolve("pool")),
                Map.of("pool_mode", "transaction", "default_pool_size", Integer.toString(Site.POOL_SIZE)));
    }

    private String jdbcUrl(int port) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + DATABASE + "?user=" + LocalPostgres.SUPERUSER
                + "&password=" + postgres.password();
    }

    @Override
    public Database database() {
        String direct = jdbcUrl(postgres.port());
        return new Database(
                direct,
                postgres.url(LocalPostgres.SUPERUSER, postgres.password(), DATABASE),
                // A session of such a pool knows no statement that another one has prepared.
                pool == null ? direct : jdbcUrl(pool.port()) + "&prepareThreshold=0",
                // What is idle in its transaction keeps no snapshot so, which would hold the replay up by itself.
                standby == null ? null : jdbcUrl(standby.port()) + "&preferQueryMode=simple");
    }

    @Override
    public void close() {
        end();
        Runtime.getRuntime().removeShutdownHook(hook);
    }

    private void end() {
        try {
            if (pool != null) {
                pool.close();
            }
            LocalPostgres.deleteFolderAndServer(folder.resolve("standby"));
            LocalPostgres.deleteFolderAndServer(folder.resolve("postgres"));
            LocalPostgres.deleteFolderAndServer(folder);
        } catch (IOException e) {
            System.err.println("phaselock: not everything was ended: " + e.getMessage());
        }
    }
}
