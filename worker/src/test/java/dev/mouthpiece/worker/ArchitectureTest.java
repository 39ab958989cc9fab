package dev.mouthpiece.worker;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The rules that keep the rooms apart. */
@AnalyzeClasses(packages = "dev.mouthpiece", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String DEVICE = "dev.mouthpiece.device..";
    private static final String MODEL = "dev.mouthpiece.model..";
    private static final String WORKER = "dev.mouthpiece.worker..";
    private static final String MEDIA = "dev.mouthpiece.worker.media..";

    @ArchTest
    static final ArchRule nothingPointsBackFromTheDevice = noClasses()
            .that()
            .resideInAPackage(DEVICE)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(MODEL, WORKER);

    @ArchTest
    static final ArchRule nothingPointsBackFromTheModels = noClasses()
            .that()
            .resideInAPackage(MODEL)
            .should()
            .dependOnClassesThat()
            .resideInAPackage(WORKER);

    @ArchTest
    static final ArchRule mediaNeverKnowsControl = classes()
            .that()
            .resideInAPackage(MEDIA)
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(MEDIA, DEVICE, MODEL, "java..", "org.agrona..", "org.jspecify..");

    @ArchTest
    static final ArchRule aStageKnowsTheRingsAndTheFramesButNoOtherStage = slices().matching(
                    "dev.mouthpiece.worker.media.(batch|generate|composite|pace)..")
            .should()
            .notDependOnEachOther();

    @ArchTest
    static final ArchRule theEngineStaysInItsRoom = noClasses()
            .that()
            .resideOutsideOfPackage("dev.mouthpiece.model.djl..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("ai.djl..");

    @ArchTest
    static final ArchRule ffmpegStaysInItsRoom = noClasses()
            .that()
            .resideOutsideOfPackage("dev.mouthpiece.worker.film..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.bytedeco..");

    @ArchTest
    static final ArchRule onlyTheCommandLineKnowsItsLibrary = noClasses()
            .that()
            .resideOutsideOfPackage("dev.mouthpiece.worker.cli..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("picocli..");
}
