-- One schema for H2 and PostgreSQL. Times are milliseconds since 1970 by the database's clock: arithmetic on them is the same
-- everywhere, and no worker's clock matters. ${bytes} is what a database calls a column of bytes.

create table api_key (
    id                 varchar(32)  primary key,
    name               varchar(100) not null,
    hash               varchar(64)  not null unique,
    creates_per_minute int,
    max_sessions       int,
    created_at         bigint       not null,
    revoked_at         bigint
);

create table picture (
    sha256     varchar(64) primary key,
    content    ${bytes}    not null,
    created_at bigint      not null
);

create table avatar (
    seq         bigint generated always as identity primary key,
    id          varchar(64)  not null unique,
    owner       varchar(32)  not null,
    name        varchar(200) not null,
    state       varchar(16)  not null,
    failure     varchar(1000),
    picture     varchar(64)  not null,
    check_after bigint       not null,
    created_at  bigint       not null
);
create index avatar_owner on avatar (owner, seq);
create index avatar_state on avatar (state, seq);

create table worker (
    id          varchar(64)  primary key,
    host        varchar(200) not null,
    capacity    int          not null,
    draining    boolean      not null,
    dead        boolean      not null,
    started_at  bigint       not null,
    lease_until bigint       not null,
    dead_at     bigint
);

create table session (
    seq             bigint generated always as identity primary key,
    id              varchar(64)    not null unique,
    api             varchar(16)    not null,
    owner           varchar(32)    not null,
    state           varchar(16)    not null,
    avatar_id       varchar(64),
    picture         varchar(64),
    quality         varchar(16)    not null,
    spec            varchar(65536) not null,
    cost            int            not null,
    token           varchar(16384),
    token_expires   bigint,
    created_at      bigint         not null,
    queued_at       bigint,
    started_at      bigint,
    first_frame_at  bigint,
    ending_at       bigint,
    finished_at     bigint,
    end_reason      varchar(64),
    failure_code    varchar(64),
    failure_message varchar(1000),
    billable_ms     bigint         not null,
    frames          bigint         not null,
    worker_id       varchar(64),
    fence           bigint         not null,
    attempts        int            not null,
    -- What a webhook may have to tell: 0 nothing, 1 starting, 2 first frame, 3 over; and how far it was told.
    stage           int            not null,
    told            int            not null,
    tell_after      bigint         not null,
    tell_attempts   int            not null
);
create index session_state on session (state, seq);
create index session_owner on session (owner, seq);
create index session_owner_created on session (owner, created_at);
create index session_worker on session (worker_id);
create index session_finished on session (finished_at);

create table session_command (
    seq        bigint generated always as identity primary key,
    session_id varchar(64)    not null,
    kind       varchar(32)    not null,
    body       varchar(16384) not null
);
create index session_command_session on session_command (session_id);

-- Creates that must not happen twice: by an idempotency key, or by the token of the room.
create table creation (
    owner      varchar(32)  not null,
    once_key   varchar(300) not null,
    body_hash  varchar(64)  not null,
    session_id varchar(64)  not null,
    created_at bigint       not null,
    primary key (owner, once_key)
);
create index creation_created on creation (created_at);
create index creation_session on creation (session_id);
