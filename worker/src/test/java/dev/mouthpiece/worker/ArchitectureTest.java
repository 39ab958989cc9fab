package dev.mouthpiece.worker;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
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
    private static final String RTC = "dev.mouthpiece.worker.rtc..";
    private static final String LIVEKIT = "dev.mouthpiece.worker.livekit..";

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
            .resideInAPackage("org.bytedeco.ffmpeg..");

    @ArchTest
    static final ArchRule cudaStaysInItsRoom = noClasses()
            .that()
            .resideOutsideOfPackage("dev.mouthpiece.device.cuda..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.bytedeco.cuda..");

    @ArchTest
    static final ArchRule webRtcStaysInItsRoom = noClasses()
            .that()
            .resideOutsideOfPackage(RTC)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.onvoid.webrtc..");

    @ArchTest
    static final ArchRule webRtcKnowsNoOtherRoom = classes()
            .that()
            .resideInAPackage(RTC)
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(RTC, DEVICE, "dev.onvoid.webrtc..", "java..", "org.jspecify..", "org.slf4j..");

    @ArchTest
    static final ArchRule theLiveKitParticipantCouldBeALibrary = classes()
            .that()
            .resideInAPackage(LIVEKIT)
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    LIVEKIT,
                    RTC,
                    "livekit..",
                    "com.google.protobuf..",
                    "com.fasterxml.jackson..",
                    "java..",
                    "javax.net.ssl..",
                    "org.jspecify..",
                    "org.slf4j..");

    @ArchTest
    static final ArchRule thePartsOfTheParticipantFormNoCircle =
            slices().matching("dev.mouthpiece.worker.livekit.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule onlyTheCommandLineKnowsItsLibrary = noClasses()
            .that()
            .resideOutsideOfPackage("dev.mouthpiece.worker.cli..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("picocli..");

    @ArchTest
    static final ArchRule sqlStaysInItsRoom = noClasses()
            .that()
            .resideOutsideOfPackage("dev.mouthpiece.worker.store..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.jdbi..", "com.zaxxer..", "org.flywaydb..", "org.h2..", "org.postgresql..", "java.sql..");

    @ArchTest
    static final ArchRule theStoreKnowsNobody = classes()
            .that()
            .resideInAPackage("dev.mouthpiece.worker.store..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "dev.mouthpiece.worker.store..",
                    "java..",
                    "javax.sql..",
                    "com.fasterxml.jackson..",
                    "org.jdbi..",
                    "com.zaxxer..",
                    "org.flywaydb..",
                    "org.postgresql..",
                    "org.slf4j..",
                    "org.jspecify..");

    @ArchTest
    static final ArchRule theDevelopersRoomKnowsNoOtherRoom = noClasses()
            .that()
            .resideInAPackage("dev.mouthpiece.worker.devroom..")
            .should()
            .dependOnClassesThat(
                    resideInAPackage(WORKER).and(not(resideInAPackage("dev.mouthpiece.worker.devroom.."))));

    @ArchTest
    static final ArchRule onlyTheCommandLineUsesTheDevelopersRoom = noClasses()
            .that()
            .resideOutsideOfPackages("dev.mouthpiece.worker.devroom..", "dev.mouthpiece.worker.cli..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.mouthpiece.worker.devroom..");

    @ArchTest
    static final ArchRule liveKnowsTheMediaPathAndItsTransportsButNoControl = noClasses()
            .that()
            .resideInAPackage("dev.mouthpiece.worker.live..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "dev.mouthpiece.worker.film..",
                    "dev.mouthpiece.worker.cli..",
                    "dev.mouthpiece.worker.whep..",
                    "dev.mouthpiece.worker.session..",
                    "dev.mouthpiece.worker.store..",
                    "dev.mouthpiece.worker.api..");

    @ArchTest
    static final ArchRule whepKnowsLiveSessionsAndWebRtcButNoControl = noClasses()
            .that()
            .resideInAPackage("dev.mouthpiece.worker.whep..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "dev.mouthpiece.worker.film..",
                    "dev.mouthpiece.worker.cli..",
                    "dev.mouthpiece.worker.livekit..",
                    "dev.mouthpiece.worker.session..",
                    "dev.mouthpiece.worker.store..",
                    "dev.mouthpiece.worker.studio..",
                    "dev.mouthpiece.worker.api..");

    @ArchTest
    static final ArchRule roomsKnowLiveSessionsAndLiveKitButNoControl = noClasses()
            .that()
            .resideInAPackage("dev.mouthpiece.worker.room..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "dev.mouthpiece.worker.film..",
                    "dev.mouthpiece.worker.cli..",
                    "dev.mouthpiece.worker.whep..",
                    "dev.mouthpiece.worker.session..",
                    "dev.mouthpiece.worker.store..",
                    "dev.mouthpiece.worker.studio..",
                    "dev.mouthpiece.worker.api..");

    @ArchTest
    static final ArchRule theStudioShowsWhatItIsGiven = noClasses()
            .that()
            .resideInAPackage("dev.mouthpiece.worker.studio..")
            .should()
            .dependOnClassesThat(resideInAPackage(WORKER).and(not(resideInAPackage("dev.mouthpiece.worker.studio.."))));

    @ArchTest
    static final ArchRule sessionsDoNotDependOnHowTheyAreAskedFor = noClasses()
            .that()
            .resideInAnyPackage("dev.mouthpiece.worker.session..", "dev.mouthpiece.worker.store..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dev.mouthpiece.worker.api..", "io.javalin..", "org.eclipse.jetty..");

    @ArchTest
    static final ArchRule metricsKnowNobodyAndKeepTheirLibrary = noClasses()
            .that()
            .resideInAPackage("dev.mouthpiece.worker.metrics..")
            .should()
            .dependOnClassesThat(
                    resideInAPackage(WORKER).and(not(resideInAPackage("dev.mouthpiece.worker.metrics.."))));

    @ArchTest
    static final ArchRule micrometerStaysInItsRoom = noClasses()
            .that()
            .resideOutsideOfPackage("dev.mouthpiece.worker.metrics..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.micrometer..", "io.prometheus..");
}
