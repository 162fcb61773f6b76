package dev.phaselock.cli;

import dev.phaselock.api.DatabaseSpec;
import dev.phaselock.cli.Manifests.Manifest;
import dev.phaselock.postgres.ConnectionSettings;
import dev.phaselock.postgres.Sessions;
import dev.phaselock.run.SessionFactory;
import java.util.function.Function;
import picocli.CommandLine.Option;

/** The options that say which changes, and on which database. */
final class FileAndDatabase {
    @Option(
            names = {"-f", "--file"},
            required = true,
            paramLabel = "FILE",
            description = "The file with the SchemaChanges; - for standard input. Other kinds in it are skipped.")
    private String file;

    @Option(
            names = {"-u", "--url"},
            paramLabel = "URL",
            description = {
                "The database: postgresql://user@host:port/name, or a JDBC URL. The password may stand in it, in PGPASSWORD,"
                        + " or in ~/.pgpass. DATABASE_URL when left out."
            })
    private String url;

    String file() {
        return file;
    }

    /** Null when neither the option nor the environment says. */
    String url() {
        return url == null ? System.getenv("DATABASE_URL") : url;
    }

    /** Opens sessions, by the name of the phase. */
    Function<String, SessionFactory> sessions(Manifest manifest) {
        DatabaseSpec database = manifest.spec().database();
        ConnectionSettings settings = ConnectionSettings.ofUrl(url(), database, System.getenv());
        return phase -> new Sessions(settings, manifest.qualifiedName(), phase)::open;
    }
}
