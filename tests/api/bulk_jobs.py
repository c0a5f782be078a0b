"""What the tests of bulk jobs share: addresses, sentences of the contract, and a worker's work."""

from urllib.parse import urlsplit

from alttext_local.assemble_jobs import job_parts

V3 = "/cl/alttext/api/v3/"
STATUS = V3 + "status/"
MESSAGE = "Job is queued for processing. Please check the job status with the status api using job_id"
BAD_REQUEST = (
    "Bad Request : Could not process the request due to invalid input, network error or system error. "
    "Please try again later or contact support if the issue persists."
)
INTERNAL = (
    "Internal Server Error - Request failed: An unexpected error occurred. "
    "Please try again later or contact support if the issue persists."
)


def work(house, job_id):
    """What a worker does."""
    parts = job_parts(house.settings, house.database, house.catalogue.names())
    shards = parts.shards(lambda models: house.describer, lambda: False)
    for job, shard, _ in parts.ledger.open_shards():
        if job == job_id:
            shards.do(job, shard)
    parts.errands.finish(job_id)


def path_of(url):
    return urlsplit(url).path
