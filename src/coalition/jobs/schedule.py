"""Every job and when it is due. A new job is a file beside this one and a line here."""

from datetime import time, timedelta

from coalition.jobs.award_bulk import award_bulk
from coalition.jobs.check_books import check_books
from coalition.jobs.clean import clean
from coalition.jobs.deliver_webhooks import deliver_webhooks, queue_webhooks
from coalition.jobs.end_disputes import end_disputes
from coalition.jobs.erase_members import erase_members
from coalition.jobs.expire_points import expire_points
from coalition.jobs.job import Always, Every, Job, Nightly
from coalition.jobs.make_copies import make_copies
from coalition.jobs.own_overdue import own_overdue
from coalition.jobs.reconcile import reconcile
from coalition.jobs.send_mails import queue_mails, send_mails, write_months, write_reminders
from coalition.jobs.sweep_holds import sweep_holds
from coalition.jobs.watch_coverage import watch_coverage

JOBS = (
    Job("award-bulk", "Check and award files of purchases.",
        Always(timedelta(seconds=2)), award_bulk),
    Job("queue-webhooks", "Queue what happened for those who want to be told of it.",
        Always(timedelta(seconds=0.5)), queue_webhooks),
    Job("deliver-webhooks", "Tell partners' servers what happened.",
        Always(timedelta(seconds=1)), deliver_webhooks),
    Job("queue-mails", "Write mails about points that were spent.",
        Always(timedelta(seconds=0.5)), queue_mails),
    Job("send-mails", "Send mails to members.",
        Always(timedelta(seconds=1)), send_mails),
    Job("make-copies", "Make the copies of their data that members asked for.",
        Always(timedelta(seconds=5)), make_copies),
    Job("sweep-holds", "Post the release of holds past their time.",
        Every(timedelta(minutes=5)), sweep_holds),
    Job("reconcile", "Compare partners' files with the ledger.",
        Every(timedelta(minutes=1)), reconcile),
    Job("end-disputes", "End disputes whose deadline has passed in silence, warn of those near.",
        Every(timedelta(minutes=15)), end_disputes),
    Job("expire-points", "Post the end of points past their last day.",
        Nightly(time(0, 30)), expire_points),
    Job("own-overdue", "Give overdue differences an owner.",
        Nightly(time(2, 0)), own_overdue),
    Job("watch-coverage", "See whether the pool holds what points will cost.",
        Nightly(time(2, 30)), watch_coverage),
    Job("check-books", "Prove the laws of the books.",
        Nightly(time(3, 0)), check_books),
    Job("write-months", "Write to members about the month that is over.",
        Nightly(time(5, 30)), write_months),
    Job("write-reminders", "Write to members whose points end soon.",
        Nightly(time(6, 0)), write_reminders),
    Job("erase-members", "Forget members whose time to take it back is over.",
        Every(timedelta(hours=1)), erase_members),
    Job("clean", "Remove what has had its time: sessions, codes, files, results.",
        Nightly(time(4, 0)), clean),
)  # fmt: skip
