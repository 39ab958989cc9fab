package dev.mouthpiece.worker.store;

import static dev.mouthpiece.worker.store.TestSpecs.OWNER;
import static dev.mouthpiece.worker.store.TestSpecs.filter;
import static dev.mouthpiece.worker.store.TestSpecs.once;
import static dev.mouthpiece.worker.store.TestSpecs.session;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a store does, whichever database it stands on. Leases are moved by hand: the tests wait for no clock. */
abstract class StoreContract {
    private static final WorkQueue.Limits LIMITS = WorkQueue.Limits.USUAL;

    private Database database;
    private Sessions sessions;
    private WorkQueue queue;
    private Avatars avatars;

    abstract Database.Address newDatabase();

    @BeforeEach
    void open() {
        database = Database.open(newDatabase());
        sessions = new Sessions(database);
        queue = new WorkQueue(database, LIMITS);
        avatars = new Avatars(database);
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void shouldGiveBackWhatWasCreated() {
        final Session made = create("sess_1");

        final Session found = sessions.get(OWNER, "sess_1").orElseThrow();
        assertThat(found).isEqualTo(made);
        assertThat(found.state()).isEqualTo(SessionState.QUEUED);
        assertThat(found.spec()).isEqualTo(TestSpecs.spec());
        assertThat(Duration.between(found.times().created(), Instant.now()).abs())
                .isLessThan(Duration.ofMinutes(1));
    }

    @Test
    void shouldKeepOwnersApart() {
        create("sess_1");

        assertThat(sessions.get("key_b", "sess_1")).isEmpty();
        assertThat(sessions.list("key_b", filter(10, null))).isEmpty();
        assertThat(sessions.end("key_b", "sess_1", "user")).isEmpty();
        assertThat(sessions.command("key_b", "sess_1", "reset", "")).isFalse();
        assertThat(sessions.get(OWNER, "sess_1").orElseThrow().state()).isEqualTo(SessionState.QUEUED);
    }

    @Test
    void shouldListNewestFirstFromCursorToCursor() {
        IntStream.range(0, 5).forEach(i -> create("sess_" + i));

        final List<Session> first = sessions.list(OWNER, filter(2, null));
        final List<Session> second =
                sessions.list(OWNER, filter(2, first.getLast().id()));

        assertThat(first).extracting(Session::id).containsExactly("sess_4", "sess_3");
        assertThat(second).extracting(Session::id).containsExactly("sess_2", "sess_1");
        assertThat(sessions.count(OWNER, filter(1, null))).isEqualTo(5);
        assertThat(sessions.list(OWNER, filter(2, "sess_unknown"))).isEmpty();
    }

    @Test
    void shouldListByStateTimeAndAvatar() {
        create("sess_1");
        create("sess_2");
        sessions.end(OWNER, "sess_1", "user");
        final Instant created =
                sessions.get(OWNER, "sess_1").orElseThrow().times().created();

        assertThat(sessions.list(OWNER, filter(9, null, SessionState.CANCELED, SessionState.RUNNING)))
                .extracting(Session::id)
                .containsExactly("sess_1");
        assertThat(list("av_stock_001", created, null)).hasSize(2);
        assertThat(list(null, null, created)).isEmpty();
        assertThat(list("av_other", null, null)).isEmpty();
    }

    private List<Session> list(@Nullable String avatar, @Nullable Instant from, @Nullable Instant before) {
        return sessions.list(OWNER, new Sessions.Filter("protoface", List.of(), avatar, from, before, null, 0, 9));
    }

    @Test
    void shouldGiveASessionForBrowsersToItsOwnNodeAloneAndToNobodyElseWhenThatIsDead() {
        final var here = new WorkQueue(database, LIMITS, "node-a");
        queue.register("w1", "here", 4);
        here.register("w2", "here", 4);
        sessions.create(TestSpecs.browserSession("sess_1", "node-a"), List.of(), CreateLimits.NONE);

        assertThat(queue.claim("w1", 4)).isEmpty();
        final Claim claim = here.claim("w2", 4).getFirst();
        assertThat(claim.session().spec().room().inBrowser()).isTrue();
        here.write("w2", List.of(new SessionChange.OnAir("sess_1", claim.fence())));
        here.leave("w2");
        assertThat(queue.recover("w1", 4)).isEmpty();
    }

    @Test
    void shouldRepeatCreateOfSameIdempotencyKeyAndRefuseAnotherBody() {
        final List<Once> key = List.of(once("key:1", "body"));
        assertThat(sessions.create(session("sess_1"), key, CreateLimits.NONE)).isInstanceOf(CreateResult.Created.class);

        assertThat(sessions.create(session("sess_2"), key, CreateLimits.NONE))
                .isInstanceOfSatisfying(
                        CreateResult.Repeated.class,
                        again -> assertThat(again.session().id()).isEqualTo("sess_1"));
        assertThat(sessions.create(session("sess_3"), List.of(once("key:1", "other")), CreateLimits.NONE))
                .isInstanceOf(CreateResult.Conflict.class);
        assertThat(sessions.create(session("sess_4", "key_b", 1), key, CreateLimits.NONE))
                .isInstanceOf(CreateResult.Created.class);
        assertThat(sessions.get(OWNER, "sess_2")).isEmpty();
    }

    @Test
    void shouldDedupeByTokenUntilSessionIsOver() {
        final List<Once> token = List.of(new Once("token:x", "body", Duration.ofMinutes(1), false));
        sessions.create(session("sess_1"), token, CreateLimits.NONE);

        assertThat(sessions.create(session("sess_2"), token, CreateLimits.NONE))
                .isInstanceOf(CreateResult.Repeated.class);
        sessions.end(OWNER, "sess_1", "user");
        assertThat(sessions.create(session("sess_3"), token, CreateLimits.NONE))
                .isInstanceOf(CreateResult.Created.class);
        assertThat(sessions.create(session("sess_4"), token, CreateLimits.NONE))
                .isInstanceOfSatisfying(
                        CreateResult.Repeated.class,
                        again -> assertThat(again.session().id()).isEqualTo("sess_3"));
    }

    @Test
    void shouldForgetIdempotencyKeyAfterItsWindow() {
        sessions.create(session("sess_1"), List.of(once("key:1", "body")), CreateLimits.NONE);
        database.run(handle -> handle.execute("update creation set created_at = created_at - 90000000"));

        assertThat(sessions.create(session("sess_2"), List.of(once("key:1", "other")), CreateLimits.NONE))
                .isInstanceOf(CreateResult.Created.class);
    }

    @Test
    void shouldCreateOnceWhenManyAskAtOnce() throws Exception {
        final List<Once> token = List.of(new Once("token:x", "body", Duration.ofMinutes(1), false));
        final Set<String> answers = ConcurrentHashMap.newKeySet();

        inParallel(8, i -> {
            switch (sessions.create(session("sess_" + i), token, CreateLimits.NONE)) {
                case CreateResult.Created made -> answers.add(made.session().id());
                case CreateResult.Repeated again -> answers.add(again.session().id());
                default -> answers.add("wrong");
            }
        });

        assertThat(answers).hasSize(1);
        assertThat(sessions.count(OWNER, filter(1, null))).isEqualTo(1);
    }

    @Test
    void shouldLimitOwnersAndAdmission() {
        final var perMinute = new CreateLimits(2, 0, false, 0);
        create("sess_1");
        create("sess_2");
        assertThat(sessions.create(session("sess_3"), List.of(), perMinute))
                .isInstanceOfSatisfying(CreateResult.TooFast.class, fast -> assertThat(fast.retryAfter())
                        .isBetween(Duration.ofSeconds(30), Duration.ofSeconds(60)));
        assertThat(sessions.create(session("sess_4"), List.of(), new CreateLimits(0, 2, false, 0)))
                .isInstanceOf(CreateResult.TooMany.class);
        assertThat(sessions.create(session("sess_5", "key_b", 1), List.of(), perMinute))
                .isInstanceOf(CreateResult.Created.class);

        final var admitted = new CreateLimits(0, 0, true, 0);
        assertThat(sessions.create(session("sess_6"), List.of(), admitted)).isInstanceOf(CreateResult.AtCapacity.class);
        queue.register("w1", "host", 5);
        assertThat(sessions.create(session("sess_7", OWNER, 2), List.of(), admitted))
                .isInstanceOf(CreateResult.Created.class);
        assertThat(sessions.freePlaces()).isZero();
        assertThat(sessions.create(session("sess_8"), List.of(), admitted)).isInstanceOf(CreateResult.AtCapacity.class);
        assertThat(sessions.create(session("sess_9"), List.of(), new CreateLimits(0, 0, true, 1)))
                .isInstanceOf(CreateResult.Created.class);
        queue.heartbeat("w1", 100, true);
        assertThat(sessions.create(session("sess_10"), List.of(), admitted))
                .as("a draining worker has no room")
                .isInstanceOf(CreateResult.AtCapacity.class);
    }

    @Test
    void shouldClaimOldestFirstAsFarAsPlacesGo() {
        queue.register("w1", "host", 3);
        create("sess_1");
        sessions.create(session("sess_2", OWNER, 2), List.of(), CreateLimits.NONE);
        create("sess_3");

        final List<Claim> claims = queue.claim("w1", 3);

        assertThat(claims).extracting(claim -> claim.session().id()).containsExactly("sess_1", "sess_2");
        assertThat(claims.getFirst().token()).isEqualTo("token-of-sess_1");
        assertThat(claims.getFirst().isTakeover()).isFalse();
        final Session claimed = sessions.get(OWNER, "sess_1").orElseThrow();
        assertThat(claimed.state()).isEqualTo(SessionState.STARTING);
        assertThat(claimed.times().started()).isNotNull();
        assertThat(queue.attention("w1").mine()).hasSize(2);
    }

    @Test
    void shouldClaimEachSessionOnceWhenFourWorkersAskAtOnce() throws Exception {
        final int count = 120;
        IntStream.range(0, count).forEach(i -> create("sess_" + i));
        final Set<String> claimed = ConcurrentHashMap.newKeySet();
        final Set<String> twice = ConcurrentHashMap.newKeySet();

        inParallel(4, worker -> {
            queue.register("w" + worker, "host", count);
            while (claimed.size() < count) {
                for (final Claim claim : queue.claim("w" + worker, 3)) {
                    if (!claimed.add(claim.session().id())) {
                        twice.add(claim.session().id());
                    }
                }
            }
        });

        assertThat(twice).isEmpty();
        assertThat(claimed).hasSize(count);
    }

    @Test
    void shouldGoThroughAllStatesAndPurgeTheToken() {
        final Claim claim = claimed("sess_1", "w1");

        write("w1", new SessionChange.OnAir("sess_1", claim.fence()));
        assertThat(state("sess_1")).isEqualTo(SessionState.RUNNING);
        write("w1", new SessionChange.Used("sess_1", claim.fence(), new Session.Usage(1_500, 37)));
        assertThat(sessions.end(OWNER, "sess_1", "user").orElseThrow().state()).isEqualTo(SessionState.ENDING);
        assertThat(queue.attention("w1").mine()).containsExactly(new Attention.Mine("sess_1", claim.fence(), "user"));
        write("w1", new SessionChange.Ended("sess_1", claim.fence(), "whatever", new Session.Usage(2_000, 50)));

        final Session over = sessions.get(OWNER, "sess_1").orElseThrow();
        assertThat(over.state()).isEqualTo(SessionState.ENDED);
        assertThat(over.endReason()).isEqualTo("user");
        assertThat(over.usage()).isEqualTo(new Session.Usage(2_000, 50));
        assertThat(over.times().firstFrame()).isNotNull();
        assertThat(over.times().ending()).isNotNull();
        assertThat(over.times().finished()).isNotNull();
        assertThat(tokens()).isZero();
        assertThat(sessions.end(OWNER, "sess_1", "again").orElseThrow()).isEqualTo(over);
    }

    @Test
    void shouldCancelWhatNoWorkerHas() {
        create("sess_1");

        final Session canceled = sessions.end(OWNER, "sess_1", "user").orElseThrow();

        assertThat(canceled.state()).isEqualTo(SessionState.CANCELED);
        assertThat(canceled.times().finished()).isNotNull();
        assertThat(tokens()).isZero();
        queue.register("w1", "host", 1);
        assertThat(queue.claim("w1", 1)).isEmpty();
    }

    @Test
    void shouldTellFailureWithItsReason() {
        final Claim claim = claimed("sess_1", "w1");

        write(
                "w1",
                new SessionChange.Failed(
                        "sess_1",
                        claim.fence(),
                        new Session.Failure("transport.join_failed", "no such host"),
                        Session.Usage.NONE));

        final Session failed = sessions.get(OWNER, "sess_1").orElseThrow();
        assertThat(failed.state()).isEqualTo(SessionState.FAILED);
        assertThat(failed.failure()).isEqualTo(new Session.Failure("transport.join_failed", "no such host"));
        assertThat(tokens()).isZero();
    }

    @Test
    void shouldSayWhetherAWorkerWithoutSessionsHasAnythingToDo() {
        queue.register("w1", "here", 4);
        queue.register("w2", "there", 4);
        assertThat(queue.hasWork("w1")).isFalse();

        create("sess_1");
        assertThat(queue.hasWork("w1")).as("a session waits").isTrue();
        queue.claim("w1", 4);
        assertThat(queue.hasWork("w1")).as("one is its own").isTrue();
        assertThat(queue.hasWork("w2")).isFalse();
        TestLeases.lapse(database, "w1");
        assertThat(queue.hasWork("w2")).as("a lease has run out").isTrue();
        queue.recover("w2", 0);
        assertThat(queue.hasWork("w2")).as("a dead worker is settled").isTrue();
    }

    @Test
    void shouldRunAgainWhatADeadWorkerHadNotOnAir() {
        final Claim first = claimed("sess_1", "w1");
        queue.register("w2", "host", 4);
        assertThat(queue.recover("w2", 4)).isEmpty();
        assertThat(state("sess_1")).isEqualTo(SessionState.STARTING);

        lapse("w1");
        assertThat(queue.recover("w2", 4)).isEmpty();
        final List<Claim> again = queue.claim("w2", 4);

        assertThat(again).hasSize(1);
        assertThat(again.getFirst().fence()).isGreaterThan(first.fence());
        assertThat(again.getFirst().isTakeover()).isFalse();
        assertThat(queue.heartbeat("w1", 1, false)).as("declared dead").isFalse();
    }

    @Test
    void shouldTakeOverOnceWhatADeadWorkerHadOnAir() {
        final Claim first = onAir("sess_1", "w1");
        write("w1", new SessionChange.Used("sess_1", first.fence(), new Session.Usage(4_000, 100)));
        queue.register("w2", "host", 4);
        queue.register("w3", "host", 4);
        lapse("w1");

        final List<Claim> second = queue.recover("w2", 4);
        final List<Claim> third = queue.recover("w3", 4);

        assertThat(third).isEmpty();
        assertThat(second).hasSize(1);
        assertThat(second.getFirst().isTakeover()).isTrue();
        assertThat(second.getFirst().token()).isEqualTo("token-of-sess_1");
        assertThat(second.getFirst().onAir()).isEqualTo(Duration.ofSeconds(4));
        assertThat(state("sess_1")).isEqualTo(SessionState.RUNNING);
    }

    @Test
    void shouldIgnoreWhatASleepingWorkerWritesAfterItWasReplaced() {
        final Claim first = onAir("sess_1", "w1");
        queue.register("w2", "host", 4);
        lapse("w1");
        queue.recover("w2", 4);

        write(
                "w1",
                new SessionChange.Failed("sess_1", first.fence(), new Session.Failure("x", "y"), Session.Usage.NONE));
        write("w2", new SessionChange.Ended("sess_1", first.fence(), "old fence", Session.Usage.NONE));

        assertThat(state("sess_1")).isEqualTo(SessionState.RUNNING);
        assertThat(queue.attention("w1").mine()).isEmpty();
        assertThat(queue.attention("w2").mine()).hasSize(1);
    }

    @Test
    void shouldFailWhatNobodyTookOverInTime() {
        onAir("sess_1", "w1");
        queue.register("w2", "host", 0);
        lapse("w1");
        queue.recover("w2", 0);
        assertThat(state("sess_1")).isEqualTo(SessionState.RUNNING);

        database.run(handle -> handle.execute(
                "update worker set dead_at = dead_at - ? where id = 'w1'",
                LIMITS.takeoverGrace().toMillis() + 1));
        queue.recover("w2", 0);

        assertThat(failureCode("sess_1")).isEqualTo("worker.lost");
        assertThat(tokens()).isZero();
    }

    @Test
    void shouldNotTakeOverWithATokenThatHasRunOut() {
        queue.register("w1", "host", 4);
        sessions.create(
                new NewSession("sess_1", "protoface", OWNER, TestSpecs.spec(), 1, "t", Instant.EPOCH),
                List.of(),
                CreateLimits.NONE);
        final Claim claim = queue.claim("w1", 1).getFirst();
        write("w1", new SessionChange.OnAir("sess_1", claim.fence()));
        queue.register("w2", "host", 4);
        lapse("w1");

        assertThat(queue.recover("w2", 4)).isEmpty();
        assertThat(state("sess_1")).isEqualTo(SessionState.FAILED);
    }

    @Test
    void shouldEndWhatADeadWorkerWasEnding() {
        onAir("sess_1", "w1");
        sessions.end(OWNER, "sess_1", "user");
        queue.register("w2", "host", 4);
        lapse("w1");

        assertThat(queue.recover("w2", 4)).isEmpty();
        assertThat(state("sess_1")).isEqualTo(SessionState.ENDED);
    }

    @Test
    void shouldGiveUpASessionThatKillsItsWorkers() {
        create("sess_1");
        for (int i = 0; i < 3; i++) {
            queue.register("w" + i, "host", 4);
            assertThat(queue.claim("w" + i, 1)).hasSize(1);
            lapse("w" + i);
            queue.recover("other", 0);
        }
        assertThat(state("sess_1")).isEqualTo(SessionState.FAILED);
    }

    @Test
    void shouldHandOverWhenAWorkerLeaves() {
        onAir("sess_1", "w1");
        queue.register("w2", "host", 4);
        assertThat(queue.hasOther("w1")).isTrue();
        assertThat(queue.hasOther("w2")).isTrue();

        queue.leave("w1");

        assertThat(queue.hasOther("w2")).isFalse();
        assertThat(queue.recover("w2", 4)).hasSize(1);
    }

    @Test
    void shouldFailWhatWaitedTooLong() {
        create("sess_1");
        queue.expireQueue();
        assertThat(state("sess_1")).isEqualTo(SessionState.QUEUED);

        database.run(handle -> handle.execute(
                "update session set queued_at = queued_at - ?", LIMITS.queue().toMillis() + 1));
        queue.expireQueue();

        assertThat(failureCode("sess_1")).isEqualTo("queue.timeout");
    }

    @Test
    void shouldKeepWhatASessionHasBecomeForWhoHoldsTheFence() {
        final Claim claim = claimed("sess_1", "w1");
        final SessionSpec spec =
                claim.session().spec().withPicture("0123").withMood(new SessionSpec.Mood("happy", "sad"));

        queue.write("w1", List.of(new SessionChange.Changed("sess_1", claim.fence(), spec)));
        queue.write(
                "w1",
                List.of(new SessionChange.Changed(
                        "sess_1", claim.fence() + 1, claim.session().spec())));

        assertThat(sessions.get(OWNER, "sess_1").orElseThrow().spec()).isEqualTo(spec);
    }

    @Test
    void shouldBringCommandsOnceAndInOrder() {
        claimed("sess_1", "w1");
        assertThat(sessions.command(OWNER, "sess_1", "update-image", "a")).isTrue();
        assertThat(sessions.command(OWNER, "sess_1", "prompt", "b")).isTrue();

        assertThat(queue.attention("w1").commands())
                .containsExactly(
                        new SessionCommand("sess_1", "update-image", "a"), new SessionCommand("sess_1", "prompt", "b"));
        assertThat(queue.attention("w1").commands()).isEmpty();
    }

    @Test
    void shouldSumUsageByQuality() {
        final Claim claim = onAir("sess_1", "w1");
        create("sess_2");
        write("w1", new SessionChange.Used("sess_1", claim.fence(), new Session.Usage(61_000, 1_500)));

        assertThat(sessions.usage(
                        OWNER, Instant.now().minusSeconds(60), Instant.now().plusSeconds(60)))
                .containsExactly(new Sessions.Used("standard", 2, 61_000));
        assertThat(sessions.usage(OWNER, Instant.EPOCH, Instant.EPOCH.plusSeconds(1)))
                .isEmpty();
    }

    @Test
    void shouldForgetOldSessionsAndUnusedPictures() {
        final Claim claim = onAir("sess_1", "w1");
        write("w1", new SessionChange.Ended("sess_1", claim.fence(), "user", Session.Usage.NONE));
        create("sess_2");
        final String used = avatars.keep(new byte[] {1});
        final String unused = avatars.keep(new byte[] {2});
        avatars.create(OWNER, "av_1", "Ada", used);
        final var housekeeping = new Housekeeping(database, Duration.ofDays(1));
        assertThat(housekeeping.sweep()).isZero();

        database.run(handle -> {
            handle.execute("update session set finished_at = finished_at - 90000000");
            handle.execute("update picture set created_at = created_at - 90000000");
        });

        assertThat(housekeeping.sweep()).isEqualTo(1);
        assertThat(sessions.get(OWNER, "sess_1")).isEmpty();
        assertThat(sessions.get(OWNER, "sess_2")).isPresent();
        assertThat(avatars.picture(used)).isPresent();
        assertThat(avatars.picture(unused)).isEmpty();
    }

    @Test
    void shouldKeepAvatarsAndTheirPictures() {
        final byte[] content = new byte[3 << 20];
        content[5] = 7;
        final String picture = avatars.keep(content);
        assertThat(avatars.keep(content)).isEqualTo(picture);
        final Avatars.StoredAvatar made = avatars.create(OWNER, "av_1", "Ada", picture);

        assertThat(made.state()).isEqualTo(Avatars.State.PROCESSING);
        assertThat(avatars.picture(picture).orElseThrow()).isEqualTo(content);
        assertThat(avatars.claimUnchecked()).contains(made);
        assertThat(avatars.claimUnchecked()).as("taken by another").isEmpty();
        avatars.checked("av_1", "no face found");
        assertThat(avatars.get(OWNER, "av_1").orElseThrow().failure()).isEqualTo("no face found");
        assertThat(avatars.get("key_b", "av_1")).isEmpty();
        assertThat(avatars.delete("key_b", "av_1")).isFalse();
        assertThat(avatars.delete(OWNER, "av_1")).isTrue();
        assertThat(avatars.list(OWNER)).isEmpty();
    }

    @Test
    void shouldKnowKeysOnlyByTheirHash() {
        final var keys = new ApiKeys(database);
        assertThat(keys.isAny()).isFalse();
        final String key = keys.create("studio", 5, null);

        final ApiKeys.ApiKey found = keys.find(key).orElseThrow();
        assertThat(found.name()).isEqualTo("studio");
        assertThat(found.createsPerMinute()).isEqualTo(5);
        assertThat(found.maxSessions()).isNull();
        assertThat(keys.find(key + "x")).isEmpty();
        assertThat(database.<Long>in(
                        handle -> handle.createQuery("select count(*) from api_key where hash like '%' || :key || '%'")
                                .bind("key", key)
                                .mapTo(Long.class)
                                .one()))
                .isZero();
        assertThat(keys.revoke("studio")).isEqualTo(1);
        assertThat(keys.find(key)).isEmpty();
        assertThat(keys.isAny()).isFalse();
        assertThat(keys.list()).hasSize(1);
    }

    @Test
    void shouldTellEachStageOnceAndAgainWhereItFailed() {
        final var news = new WebhookQueue(database);
        create("sess_1");
        assertThat(news.take(9)).isEmpty();
        queue.register("w1", "host", 4);
        final Claim claim = queue.claim("w1", 1).getFirst();

        assertThat(news.take(9)).extracting(WebhookQueue.News::stage).containsExactly(1);
        assertThat(news.take(9)).as("taken by another").isEmpty();
        news.failed(claim.session(), Duration.ZERO);
        assertThat(news.take(9)).extracting(WebhookQueue.News::attempts).containsExactly(1);
        news.told(claim.session(), 1);
        assertThat(news.take(9)).isEmpty();
        write("w1", new SessionChange.OnAir("sess_1", claim.fence()));
        assertThat(news.take(9)).extracting(WebhookQueue.News::told).containsExactly(1);
    }

    private Session create(String id) {
        return ((CreateResult.Created) sessions.create(session(id), List.of(), CreateLimits.NONE)).session();
    }

    private Claim claimed(String id, String worker) {
        queue.register(worker, "host", 4);
        create(id);
        return queue.claim(worker, 1).getFirst();
    }

    private Claim onAir(String id, String worker) {
        final Claim claim = claimed(id, worker);
        write(worker, new SessionChange.OnAir(id, claim.fence()));
        return claim;
    }

    private void write(String worker, SessionChange change) {
        queue.write(worker, List.of(change));
    }

    private SessionState state(String id) {
        return sessions.get(OWNER, id).orElseThrow().state();
    }

    private String failureCode(String id) {
        return Objects.requireNonNull(sessions.get(OWNER, id).orElseThrow().failure())
                .code();
    }

    /** The worker's lease has run out. */
    private void lapse(String worker) {
        database.run(handle -> handle.execute("update worker set lease_until = 0 where id = ?", worker));
    }

    private long tokens() {
        return database.in(handle -> handle.createQuery("select count(*) from session where token is not null")
                .mapTo(Long.class)
                .one());
    }

    private interface Step {
        void run(int index) throws Exception;
    }

    private static void inParallel(int count, Step step) throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(count)) {
            final List<Future<?>> running = IntStream.range(0, count)
                    .<Future<?>>mapToObj(i -> threads.submit(() -> {
                        step.run(i);
                        return i;
                    }))
                    .toList();
            for (final Future<?> one : running) {
                one.get();
            }
        }
    }
}
