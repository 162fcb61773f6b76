package dev.phaselock;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.Architectures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The way of the data goes one way, and what must not meet does not. */
@AnalyzeClasses(packages = "dev.phaselock", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule packagesDependOnlyOnThoseBeforeThem = Architectures.layeredArchitecture()
            .consideringOnlyDependenciesInAnyPackage("dev.phaselock..")
            .layer("api")
            .definedBy("dev.phaselock.api..")
            .layer("sql")
            .definedBy("dev.phaselock.sql..")
            .layer("convert")
            .definedBy("dev.phaselock.convert..")
            .layer("lint")
            .definedBy("dev.phaselock.lint..")
            .layer("change")
            .definedBy("dev.phaselock.change..")
            .layer("plan")
            .definedBy("dev.phaselock.plan..")
            .layer("postgres")
            .definedBy("dev.phaselock.postgres..")
            .layer("run")
            .definedBy("dev.phaselock.run..")
            .layer("operator")
            .definedBy("dev.phaselock.operator..")
            .optionalLayer("local")
            .definedBy("dev.phaselock.local..")
            .layer("bench")
            .definedBy("dev.phaselock.bench..")
            .layer("cli")
            .definedBy("dev.phaselock.cli..")
            .whereLayer("api")
            .mayNotAccessAnyLayer()
            .whereLayer("sql")
            .mayNotAccessAnyLayer()
            .whereLayer("convert")
            .mayOnlyAccessLayers("change", "api", "sql")
            .whereLayer("lint")
            .mayOnlyAccessLayers("sql")
            .whereLayer("change")
            .mayOnlyAccessLayers("api", "sql")
            .whereLayer("plan")
            .mayOnlyAccessLayers("change", "api", "sql")
            .whereLayer("postgres")
            .mayOnlyAccessLayers("plan", "change", "api", "sql")
            .whereLayer("run")
            .mayOnlyAccessLayers("postgres", "plan", "change", "convert", "api", "sql")
            .whereLayer("operator")
            .mayOnlyAccessLayers("plan", "change", "api", "sql")
            .whereLayer("local")
            .mayNotAccessAnyLayer()
            .whereLayer("bench")
            .mayOnlyAccessLayers("run", "postgres", "plan", "change", "api")
            .whereLayer("cli")
            .mayNotBeAccessedByAnyLayer();

    @ArchTest
    static final ArchRule theOperatorNeverTalksToPostgres = noClasses()
            .that(resideInAnyPackage("dev.phaselock.operator.."))
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("java.sql..", "javax.sql..", "org.postgresql..");

    @ArchTest
    static final ArchRule theOperatorNeverReadsSecrets = noClasses()
            .that(resideInAnyPackage("dev.phaselock.operator.."))
            .should()
            .dependOnClassesThat()
            .haveFullyQualifiedName("io.fabric8.kubernetes.api.model.Secret");

    @ArchTest
    static final ArchRule theRunnerNeverTalksToKubernetes = noClasses()
            .that(resideInAnyPackage(
                    "dev.phaselock.run..",
                    "dev.phaselock.postgres..",
                    "dev.phaselock.plan..",
                    "dev.phaselock.change..",
                    "dev.phaselock.sql.."))
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.fabric8.kubernetes.client..", "io.javaoperatorsdk..", "io.quarkus..");

    @ArchTest
    static final ArchRule planningIsPure = noClasses()
            .that(resideInAnyPackage("dev.phaselock.plan..", "dev.phaselock.change.."))
            .should()
            .dependOnClassesThat(resideInAnyPackage("java.sql..", "java.net..", "java.nio.file..")
                    .and(resideOutsideOfPackages("dev.phaselock..")));

    @ArchTest
    static void everyPackageSaysWhatItIsFor(JavaClasses all) throws IOException {
        try (Stream<Path> folders = Files.walk(Path.of("src/main/java/dev/phaselock"))) {
            List<Path> silent = folders.filter(Files::isDirectory)
                    .filter(folder -> !folder.endsWith("phaselock"))
                    .filter(folder -> !Files.exists(folder.resolve("package-info.java")))
                    .toList();
            assertThat(silent).isEmpty();
        }
        assertThat(all).isNotEmpty();
    }

    @ArchTest
    static final ArchRule nothingReachesIntoTestLibraries =
            classes().should().onlyDependOnClassesThat(resideOutsideOfPackages("org.junit..", "org.assertj.."));
}
