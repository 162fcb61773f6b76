package dev.phaselock.cli;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A local cluster, database and operator to play with. */
@Command(
        name = "up",
        mixinStandardHelpOptions = true,
        versionProvider = PhaselockCommand.Version.class,
        description = {
            "Starts a PostgreSQL with a small shop, a Kubernetes control plane and the operator on this machine.",
            "They go on until phaselock down. A process of Phaselock stands in for the cluster's node: it runs a pod's"
                    + " container as a process, isolates nothing, and is for trying and testing only."
        })
final class UpCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            description = "Where its state and logs are kept; ~/.local/state/phaselock/up when left out.")
    private Path folder = Playground.defaultFolder();

    @Override
    public Integer call() throws Exception {
        var out = spec.commandLine().getOut();
        var err = spec.commandLine().getErr();
        folder = folder.toAbsolutePath().normalize();
        Optional<Playground> running = Playground.running(folder);
        if (running.isPresent()) {
            err.println("phaselock: it runs already in " + folder + "; phaselock down ends it");
            print(running.get());
            return 0;
        }
        try {
            Playground playground = Playground.start(Home.find(), folder, what -> {
                err.println("phaselock: " + what);
                err.flush();
            });
            fill(playground);
            print(playground);
            return 0;
        } catch (Exception e) {
            Playground.stop(folder);
            throw e;
        } finally {
            out.flush();
        }
    }

    private static void fill(Playground playground) throws SQLException {
        try (Connection connection = DriverManager.getConnection(playground.jdbcUrl());
                Statement statement = connection.createStatement()) {
            Shop.create(statement, 100_000, 10_000);
        }
    }

    private void print(Playground playground) {
        var out = spec.commandLine().getOut();
        out.println("export KUBECONFIG=" + playground.kubeconfig());
        out.println("export DATABASE_URL='" + playground.databaseUrl() + "'");
        out.println("# Then, for instance:");
        out.println("#   kubectl apply -f examples/orders-customer-fk.yaml");
        out.println("#   kubectl get schemachanges --watch");
        out.println("#   ./phaselock down" + (folder.equals(Playground.defaultFolder()) ? "" : " --dir " + folder));
        out.flush();
    }
}
