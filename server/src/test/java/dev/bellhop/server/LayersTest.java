package dev.bellhop.server;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZonedDateTime;
import org.junit.jupiter.api.Test;

/// The house is built as its plan says: who may use whom, and who may touch what.
class LayersTest {

    private static final JavaClasses PRODUCT =
            new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                    .importPackages("dev.bellhop");

    @Test
    void eachPackageUsesOnlyThoseBelowIt() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("base")
                .definedBy("dev.bellhop.base")
                .layer("display")
                .definedBy("dev.bellhop.display")
                .layer("store")
                .definedBy("dev.bellhop.store")
                .layer("sink")
                .definedBy("dev.bellhop.sink")
                .layer("task")
                .definedBy("dev.bellhop.task")
                .layer("job")
                .definedBy("dev.bellhop.job")
                .layer("inbox")
                .definedBy("dev.bellhop.inbox")
                .layer("exchange")
                .definedBy("dev.bellhop.exchange")
                .layer("tool")
                .definedBy("dev.bellhop.tool")
                .layer("http")
                .definedBy("dev.bellhop.server.http")
                .layer("mcp")
                .definedBy("dev.bellhop.server.mcp..")
                .layer("cli")
                .definedBy("dev.bellhop.server.cli")
                .layer("server")
                .definedBy("dev.bellhop.server")
                .whereLayer("display")
                .mayOnlyBeAccessedByLayers("job", "inbox", "task", "tool", "cli")
                .whereLayer("store")
                .mayOnlyBeAccessedByLayers("sink", "task", "job", "inbox", "tool", "http")
                .whereLayer("sink")
                .mayOnlyBeAccessedByLayers("job", "tool")
                .whereLayer("task")
                .mayOnlyBeAccessedByLayers("exchange", "tool")
                .whereLayer("exchange")
                .mayOnlyBeAccessedByLayers("tool")
                .whereLayer("job")
                .mayOnlyBeAccessedByLayers("tool")
                .whereLayer("inbox")
                .mayOnlyBeAccessedByLayers("tool")
                .whereLayer("tool")
                .mayOnlyBeAccessedByLayers("mcp", "cli", "server")
                .whereLayer("http")
                .mayOnlyBeAccessedByLayers("mcp", "server")
                .whereLayer("mcp")
                .mayOnlyBeAccessedByLayers("server")
                .whereLayer("cli")
                .mayOnlyBeAccessedByLayers("server")
                .whereLayer("server")
                .mayNotBeAccessedByAnyLayer()
                .check(PRODUCT);
    }

    @Test
    void theBaseNeedsNothingButTheJdk() {
        classes()
                .that()
                .resideInAPackage("dev.bellhop.base")
                .should()
                .onlyDependOnClassesThat(
                        resideInAnyPackage("java..", "dev.bellhop.base", "org.jspecify.."))
                .check(PRODUCT);
    }

    @Test
    void onlyJobsSinksAndTheDemonstrationStartProcesses() {
        noClasses()
                .that()
                .resideOutsideOfPackages(
                        "dev.bellhop.job", "dev.bellhop.sink", "dev.bellhop.server.cli")
                .should()
                .dependOnClassesThat()
                .areAssignableTo(ProcessBuilder.class)
                .check(PRODUCT);
    }

    @Test
    void onlyTheCommandLineAndTheProcessItselfTouchStandardOutput() {
        noClasses()
                .that()
                .resideOutsideOfPackages("dev.bellhop.server.cli", "dev.bellhop.server")
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .check(PRODUCT);
    }

    @Test
    void nobodyAsksTheSystemForTheTime() {
        noClasses()
                .should()
                .callMethod(Instant.class, "now")
                .orShould()
                .callMethod(LocalDateTime.class, "now")
                .orShould()
                .callMethod(ZonedDateTime.class, "now")
                .orShould()
                .callMethod(Clock.class, "systemUTC")
                .check(PRODUCT);
    }

    @Test
    void onlyTheDoorOnAPortKnowsTheLibraryForHttp() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.bellhop.server.http")
                .should()
                .dependOnClassesThat(
                        resideInAPackage("io.undertow..").or(resideInAPackage("org.xnio..")))
                .check(PRODUCT);
    }

    @Test
    void onlyTheDoorForClientsKnowsTheProtocolsLibrary() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.bellhop.server.mcp..")
                .should()
                .dependOnClassesThat(
                        resideInAPackage("io.modelcontextprotocol..")
                                .or(resideInAPackage("reactor..")))
                .check(PRODUCT);
    }
}
