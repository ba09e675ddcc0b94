"""Every job and when it is due. A new job is a file beside this one and a line here."""

from datetime import time, timedelta

from coalition.jobs.award_bulk import award_bulk
from coalition.jobs.check_books import check_books
from coalition.jobs.clean import clean
from coalition.jobs.deliver_webhooks import deliver_webhooks, queue_webhooks
from coalition.jobs.end_disputes import end_disputes
from coalition.jobs.expire_points import expire_points
from coalition.jobs.job import Always, Every, Job, Nightly
from coalition.jobs.own_overdue import own_overdue
from coalition.jobs.reconcile import reconcile
from coalition.jobs.return_transfers import return_transfers
from coalition.jobs.sweep_holds import sweep_holds
from coalition.jobs.watch_coverage import watch_coverage

JOBS = (
    Job("award-bulk", "Check and award files of purchases.",
        Always(timedelta(seconds=2)), award_bulk),
    Job("queue-webhooks", "Queue what happened for those who want to be told of it.",
        Always(timedelta(seconds=0.5)), queue_webhooks),
    Job("deliver-webhooks", "Tell partners' servers what happened.",
        Always(timedelta(seconds=1)), deliver_webhooks),
    Job("sweep-holds", "Post the release of holds past their time.",
        Every(timedelta(minutes=5)), sweep_holds),
    Job("return-transfers", "Bring gifts back that nobody accepted in time.",
        Every(timedelta(minutes=5)), return_transfers),
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
    Job("clean", "Remove what has had its time: sessions, codes, files, results.",
        Nightly(time(4, 0)), clean),
)  # fmt: skip
