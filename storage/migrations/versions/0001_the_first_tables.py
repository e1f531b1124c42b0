"""the first tables"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "doomed",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "guess",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("sender_hash", sa.LargeBinary(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("guess", schema=None) as batch_op:
        batch_op.create_index("ix_guess_sender", ["sender_hash", "at"], unique=False)

    op.create_table(
        "meta",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "talk",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("endpoint", sa.String(), nullable=False),
        sa.Column("sender_hash", sa.LargeBinary(length=16), nullable=False),
        sa.Column("key", BIG, nullable=False),
        sa.Column("turn_no", sa.Integer(), nullable=False),
        sa.Column("session", sa.LargeBinary(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("wake_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("shown_from", sa.Integer(), nullable=False),
        sa.Column("draft_from", sa.Integer(), nullable=False),
        sa.Column("last_said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sender_hash"),
    )
    with op.batch_alter_table("talk", schema=None) as batch_op:
        batch_op.create_index(
            "ix_talk_wake",
            ["wake_at"],
            unique=False,
            sqlite_where=sa.text("wake_at IS NOT NULL"),
            postgresql_where=sa.text("wake_at IS NOT NULL"),
        )

    op.create_table(
        "alert",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("talk", BIG, autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("categories", sa.String(), nullable=False),
        sa.Column("matched", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["talk"], ["talk.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alert_organisation"), ["organisation"], unique=False)
        batch_op.create_index(batch_op.f("ix_alert_talk"), ["talk"], unique=False)

    op.create_table(
        "cases",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("talk", BIG, autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("profile", sa.String(), nullable=False),
        sa.Column("acknowledge_by", sa.Date(), nullable=True),
        sa.Column("answer_by", sa.Date(), nullable=True),
        sa.Column("key", BIG, nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("receipt_hash", sa.LargeBinary(length=32), nullable=True),
        sa.ForeignKeyConstraint(["talk"], ["talk.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("receipt_hash"),
        sa.UniqueConstraint("reference"),
    )
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cases_begun_at"), ["begun_at"], unique=False)
        batch_op.create_index("ix_cases_number", ["talk", "number"], unique=True)
        batch_op.create_index(batch_op.f("ix_cases_organisation"), ["organisation"], unique=False)

    op.create_table(
        "inbound",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("endpoint", sa.String(), nullable=False),
        sa.Column("external_id", sa.LargeBinary(), nullable=False),
        sa.Column("talk", BIG, autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("first_seq", sa.Integer(), nullable=False),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("case_id", BIG, nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["talk"], ["talk.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("inbound", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_inbound_talk"), ["talk"], unique=False)

    op.create_table(
        "media",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("talk", BIG, autoincrement=False, nullable=True),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("mime", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha", sa.String(), nullable=False),
        sa.Column("key", BIG, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["talk"], ["talk.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("media", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_media_talk"), ["talk"], unique=False)

    op.create_table(
        "message",
        sa.Column("talk", BIG, autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["talk"], ["talk.id"]),
        sa.PrimaryKeyConstraint("talk", "seq"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("talk", BIG, autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("endpoint", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("provider_id", sa.String(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["talk"], ["talk.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(
            "ix_outbox_next",
            ["next_at"],
            unique=False,
            sqlite_where=sa.text("state IN ('due', 'claimed')"),
            postgresql_where=sa.text("state IN ('due', 'claimed')"),
        )
        batch_op.create_index(
            "ix_outbox_open",
            ["talk", "id"],
            unique=False,
            sqlite_where=sa.text("state IN ('due', 'claimed')"),
            postgresql_where=sa.text("state IN ('due', 'claimed')"),
        )

    op.create_table(
        "task",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("talk", BIG, autoincrement=False, nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["talk"], ["talk.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_task_organisation"), ["organisation"], unique=False)
        batch_op.create_index(batch_op.f("ix_task_talk"), ["talk"], unique=False)

    op.create_table(
        "case_due",
        sa.Column("case_id", BIG, autoincrement=False, nullable=False),
        sa.Column("clock", sa.String(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("moment", sa.DateTime(timezone=True), nullable=True),
        sa.Column("warn", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("window", sa.Boolean(), nullable=False),
        sa.Column("warned", sa.Boolean(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.PrimaryKeyConstraint("case_id", "clock"),
    )
    with op.batch_alter_table("case_due", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_due_due"), ["due"], unique=False)

    op.create_table(
        "due_moved",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("case_id", BIG, autoincrement=False, nullable=False),
        sa.Column("clock", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("before", sa.Date(), nullable=True),
        sa.Column("after", sa.Date(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("due_moved", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_due_moved_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_due_moved_organisation"), ["organisation"], unique=False)

    op.create_table(
        "profile_version",
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organisation", "version"),
    )
    op.create_table(
        "job",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("run_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key"),
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_job_run_at"), ["run_at"], unique=False)

    op.create_table(
        "case_event",
        sa.Column("case_id", BIG, autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.PrimaryKeyConstraint("case_id", "seq"),
    )
    op.create_table(
        "case_fact",
        sa.Column("case_id", BIG, autoincrement=False, nullable=False),
        sa.Column("fact", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.PrimaryKeyConstraint("case_id", "fact", "value"),
    )


def downgrade() -> None:
    op.drop_table("case_fact")
    op.drop_table("case_event")
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_job_run_at"))

    op.drop_table("job")
    op.drop_table("profile_version")
    with op.batch_alter_table("due_moved", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_due_moved_organisation"))
        batch_op.drop_index(batch_op.f("ix_due_moved_case_id"))

    op.drop_table("due_moved")
    with op.batch_alter_table("case_due", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_due_due"))

    op.drop_table("case_due")
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_task_talk"))
        batch_op.drop_index(batch_op.f("ix_task_organisation"))

    op.drop_table("task")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_outbox_open",
            sqlite_where=sa.text("state IN ('due', 'claimed')"),
            postgresql_where=sa.text("state IN ('due', 'claimed')"),
        )
        batch_op.drop_index(
            "ix_outbox_next",
            sqlite_where=sa.text("state IN ('due', 'claimed')"),
            postgresql_where=sa.text("state IN ('due', 'claimed')"),
        )

    op.drop_table("outbox")
    op.drop_table("message")
    with op.batch_alter_table("media", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_media_talk"))

    op.drop_table("media")
    with op.batch_alter_table("inbound", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_inbound_talk"))

    op.drop_table("inbound")
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cases_organisation"))
        batch_op.drop_index("ix_cases_number")
        batch_op.drop_index(batch_op.f("ix_cases_begun_at"))

    op.drop_table("cases")
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_alert_talk"))
        batch_op.drop_index(batch_op.f("ix_alert_organisation"))

    op.drop_table("alert")
    with op.batch_alter_table("talk", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_talk_wake", sqlite_where=sa.text("wake_at IS NOT NULL"), postgresql_where=sa.text("wake_at IS NOT NULL")
        )

    op.drop_table("talk")
    op.drop_table("meta")
    with op.batch_alter_table("guess", schema=None) as batch_op:
        batch_op.drop_index("ix_guess_sender")

    op.drop_table("guess")
    op.drop_table("doomed")
