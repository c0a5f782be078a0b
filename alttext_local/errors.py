"""What can go wrong, said once: a code, an HTTP status, an exit code, a sentence and what to do next.

The class attributes are data that an editor can review. `sentence` is what a caller reads, `advice`
what the reader can do about it; neither ever carries a path, a stack trace or a part of an image.
"""

from __future__ import annotations


class AltTextError(Exception):
    """The root of all our errors. `str(error)` is safe to show to a caller."""

    code = "internal"
    http_status = 500
    exit_code = 70
    sentence = (
        "Internal Server Error - Request failed: An unexpected error occurred. "
        "Please try again later or contact support if the issue persists."
    )
    advice = "Look for the request id in the log."
    retry_after: int | None = None
    """Seconds after which the same request may succeed."""

    def __init__(self, detail: str = "") -> None:
        """`detail` is said after the sentence: what exactly was wrong, in words safe to show."""
        self.detail = detail
        super().__init__(f"{self.sentence} {detail}".strip())


class BadRequest(AltTextError):
    """A field, or an image of the right format, that cannot be used."""

    code = "bad_request"
    http_status = 400
    exit_code = 2
    sentence = (
        "Bad Request : Could not process the request due to invalid input, network error or system error. "
        "Please try again later or contact support if the issue persists."
    )
    advice = "Mend what the message names and send the request again."


class UnreadableImage(BadRequest):
    """The right format, but truncated, corrupt, or over a limit of decoding."""

    code = "unreadable_image"
    advice = "Open the image in an editor, save it anew, and send it again."


class UnknownModel(BadRequest):
    """A model name that the catalogue does not know, or of which nothing is installed."""

    code = "unknown_model"
    advice = "Use one of the names that `alttext-local models list` prints."


class NotAZipName(BadRequest):
    """An upload for a bulk job whose name is not that of a ZIP."""

    code = "not_a_zip_name"
    sentence = "Unsupported file type. Only .zip files are supported"
    advice = "Pack the images and the JSON into one file that ends in .zip."


class BadArchive(BadRequest):
    """A ZIP that is broken, encrypted, or could harm whoever unpacks it."""

    code = "bad_archive"
    exit_code = 65
    advice = "Pack the files anew, as a plain ZIP without password, and send that; `alttext-local zip check` tries it."


class Unauthorized(AltTextError):
    """No token, a malformed one, or an unknown one."""

    code = "unauthorized"
    http_status = 401
    exit_code = 77
    sentence = "Unauthorized - Invalid or missing authentication token"
    advice = "Send 'Authorization: Bearer <token>'; `alttext-local token create` makes one."


class NotFound(AltTextError):
    """No such route, or a thing of somebody else."""

    code = "not_found"
    http_status = 404
    exit_code = 66
    sentence = "Not Found"
    advice = "Check the address against the API's page."


class MethodNotAllowed(AltTextError):
    """A route that is there, asked in a way that it does not answer."""

    code = "method_not_allowed"
    http_status = 405
    exit_code = 2
    sentence = "Method Not Allowed"
    advice = "Check the method against the API's page."


class ReceiveTimeout(AltTextError):
    """The body did not arrive in the time that its size allows."""

    code = "receive_timeout"
    http_status = 408
    exit_code = 75
    sentence = "Request Timeout - The request did not arrive in time."
    advice = "Send it again over a faster connection."


class LinkExpired(AltTextError):
    """A link that was good once; or what it led to has been erased since."""

    code = "link_expired"
    http_status = 410
    exit_code = 66
    sentence = "Gone - The link has expired, or its file has been erased."
    advice = "Ask for the status of the job: it has a fresh link while the file is kept."


class TooLarge(AltTextError):
    """An upload over the limit."""

    code = "too_large"
    http_status = 413
    exit_code = 65
    sentence = "Payload Too Large - The upload is over the limit of this server."
    advice = "Send a smaller file; `alttext-local doctor` prints the limits."


class UnsupportedFormat(AltTextError):
    """Bytes that are none of the formats of the API, under whatever name."""

    code = "unsupported_format"
    http_status = 415
    exit_code = 65
    sentence = "Error: Invalid file format. Please provide a valid image file format (JPEG, JPG, PNG, BMP, GIF)."
    advice = "Convert the file to PNG or JPEG."


class NotAZip(AltTextError):
    """The name of a ZIP, with the bytes of something else."""

    code = "not_a_zip"
    http_status = 415
    exit_code = 65
    sentence = "Unsupported Media Type: Only .zip files are supported"
    advice = "Pack the images and the JSON as a ZIP; another format under its name is not enough."


class WrongContents(AltTextError):
    """A sound ZIP whose files are not what a bulk job is made of."""

    code = "wrong_contents"
    http_status = 422
    exit_code = 65
    sentence = "The files in the ZIP cannot be used."
    advice = "A bulk job is one ZIP with images and one JSON; `alttext-local zip check` says what is in it."


class NoJson(WrongContents):
    """No configuration in the ZIP."""

    code = "no_json"
    sentence = "No Json File in the ZIP"
    advice = "Add one .json; a file with {} alone asks for the defaults."


class NoImages(WrongContents):
    """No file with the name of an image in the ZIP."""

    code = "no_images"
    sentence = "No image Files in the ZIP"
    advice = "Add images whose names end in .png, .jpg, .jpeg, .bmp or .gif."


class TooManyImages(WrongContents):
    """More images than one job may have."""

    code = "too_many_images"
    sentence = "Too many image Files in the ZIP"
    advice = "Send the images as several ZIPs, each with its JSON; `alttext-local doctor` prints the limit."


class TooManyJsons(WrongContents):
    """Several configurations in the ZIP."""

    code = "too_many_jsons"
    sentence = "Too many Json Files in the ZIP"
    advice = "Leave one .json in the ZIP."


class BadConfiguration(WrongContents):
    """The JSON of a ZIP cannot be read, or asks for what there is not."""

    code = "bad_configuration"
    sentence = "The Json File in the ZIP cannot be read:"
    advice = "Mend the places that the message names; schema/bulk.schema.json says what may stand where."


class RangeOutside(AltTextError):
    """A part of a file that begins after its end."""

    code = "range_outside"
    http_status = 416
    exit_code = 65
    sentence = "Range Not Satisfiable - The file has no such part."
    advice = "Fetch the whole file."


class PolicyViolation(AltTextError):
    """The site's content policy refuses the request or what came out."""

    code = "policy_violation"
    http_status = 422
    exit_code = 65
    sentence = "Content policy violation: Request contains prohibited content. Please try some other content"
    advice = "The operator's policy file names what is refused."


class Overloaded(AltTextError):
    """The queue is full: refused at once, with nothing begun."""

    code = "overloaded"
    http_status = 429
    exit_code = 75
    sentence = "Too Many Requests - The server has as much work as it can answer in time."
    advice = "Send the request again after the seconds in Retry-After."
    retry_after = 5


class Unavailable(AltTextError):
    """The house cannot answer now: it is starting, draining, or its model is down."""

    code = "unavailable"
    http_status = 503
    exit_code = 75
    sentence = "Service Unavailable - The server cannot answer at the moment."
    advice = "Send the request again after the seconds in Retry-After."
    retry_after = 10


class Draining(Unavailable):
    """The server is about to stop."""

    code = "draining"


class ModelDown(Unavailable):
    """The model's worker died; everyone whom it had in hand gets this, and it is started anew."""

    code = "model_down"


class DeadlinePassed(Unavailable):
    """The answer would have come too late; the work was not begun, or was given up."""

    code = "deadline_passed"


class WorkerDied(Unavailable):
    """An image in whose hand the worker died again and again; it is given up so that the others go on."""

    code = "worker_died"
    exit_code = 70


class DiskFull(Unavailable):
    """No room on the disk for an upload; nothing of it was kept."""

    code = "disk_full"
    exit_code = 74
    advice = "Free some space in the data folder, or erase old jobs with `alttext-local jobs purge`."
    retry_after = 60


class TooManyJobs(Overloaded):
    """More jobs of one token than may wait at once."""

    code = "too_many_jobs"
    advice = "Wait until one of the jobs has ended, or cancel one."
    retry_after = 60


class JobNotFound(NotFound):
    """No job of this id, or one of somebody else."""

    code = "job_not_found"
    sentence = "Job not found."
    advice = "Check the id; results are kept for a time that `alttext-local doctor` prints."

    def __init__(self, job_id: str = "") -> None:
        """The id is one that was checked."""
        super().__init__()
        if job_id:
            self.args = (f"Job with job_id {job_id} not found.",)


class BadJobId(AltTextError):
    """An id that no job could have."""

    code = "bad_job_id"
    http_status = 422
    exit_code = 2
    sentence = "Invalid job_id format. Please provide a valid job_id."
    advice = "Use the job_id that the upload was answered with."


class OutOfMemory(Unavailable):
    """A single shot needs more memory than the device has."""

    code = "out_of_memory"


class EmptyAnswer(AltTextError):
    """A model that said nothing: `""` would mean decorative, so it is an error, never an answer."""

    code = "empty_answer"


class BrokenModel(AltTextError):
    """A model folder that cannot be trusted: missing files, wrong hashes, blind at the self-test."""

    code = "broken_model"
    exit_code = 78
    sentence = "The model cannot be used."
    advice = "Run `alttext-local models check` and install the model again."


class CannotInstall(AltTextError):
    """A model that was not fetched, carried or installed; what was there before is as it was."""

    code = "cannot_install"
    exit_code = 65
    sentence = "The model was not installed."
    advice = "Mend what the message names and run the command again; nothing was changed."


class UnsafeModel(CannotInstall):
    """A file that is code, hides code, asks for code, or is not what its name says."""

    code = "unsafe_model"
    sentence = "The model is refused."
    advice = "Get the model from its publisher again, in safetensors format and without code of its own."


class BadBundle(CannotInstall):
    """A bundle that is cut short, was altered, or holds what its list does not name."""

    code = "bad_bundle"
    sentence = "The bundle is refused."
    advice = "Carry the bundle over again, or pack it anew; `models pack` prints the SHA-256 that it must have."


class HubFailed(CannotInstall):
    """The hub or mirror could not be asked, or gave something else than it announced."""

    code = "hub_failed"
    exit_code = 75
    sentence = "The model could not be pulled."
    advice = (
        "See that this machine reaches HF_ENDPOINT, and that HF_TOKEN may read the model. "
        "What was fetched is kept: run the command again to go on."
    )


class NoRoomForModel(CannotInstall):
    """Too little free space in the models folder."""

    code = "no_room_for_model"
    exit_code = 74
    advice = "Free some space on the disk of the models folder, or set ALTTEXT_MODELS_DIR to another one."


class ModelsBusy(CannotInstall):
    """Another command is changing the models folder."""

    code = "models_busy"
    exit_code = 75
    advice = "Wait until the other `alttext-local models` command has ended."


class BadSettings(AltTextError):
    """Settings that cannot be read, or that contradict each other."""

    code = "bad_settings"
    exit_code = 78
    sentence = "The settings cannot be used."
    advice = "Mend the setting that the message names; `alttext-local doctor` prints all of them."


class BackupFailed(AltTextError):
    """A backup that could not be made; nothing lies where it should have been."""

    code = "backup_failed"
    exit_code = 74
    sentence = "The backup was not made."
    advice = "Mend what the message names and run the command again; the server was not disturbed."


class BadBackup(AltTextError):
    """A backup that is cut short, was altered, or holds what its list does not name."""

    code = "bad_backup"
    exit_code = 65
    sentence = "The backup is refused."
    advice = "Take another copy of it, or an older backup; nothing was changed in the data folder."


class CannotRestore(AltTextError):
    """A sound backup that must not be put back here."""

    code = "cannot_restore"
    exit_code = 73
    sentence = "Nothing was restored."
    advice = "ALTTEXT_DATA_DIR names the folder to restore into: it must be empty, and no server may use it."


class MissingProgram(AltTextError):
    """Something that must be installed on this machine is not."""

    code = "missing_program"
    exit_code = 69
    sentence = "A program that is needed is not installed."
    advice = "`alttext-local doctor` says what is missing and how to get it."


class MetadataFailed(AltTextError):
    """A text that could not be read from a file, nor put into it or beside it; the file is as it was."""

    code = "metadata_failed"
    exit_code = 73
    sentence = "The texts of the file could not be read or written."
    advice = "See that the file and its folder can be written, and start again: what is done is not done twice."


class WorkerIsHere(AltTextError):
    """Another worker of this machine works in the same data folder."""

    code = "worker_is_here"
    exit_code = 75
    sentence = "A worker is at work in this data folder already."
    advice = "One is enough: it does several images at once. `ALTTEXT_DATA_DIR` names another folder."


class UnreadableFile(BadRequest):
    """A file of a batch run that this process may not read, or that the disk does not give."""

    code = "unreadable_file"
    sentence = "The file cannot be read:"
    advice = "Look at its permissions and at the disk, then start the run again."


class MissingFile(NotFound):
    """A file that a list names, or that was there a moment ago."""

    code = "missing_file"
    sentence = "The file is not there."
    advice = "Mend the list or bring the file back, then start the run again."


class RunIsHere(AltTextError):
    """Another batch run of this machine writes to the same place."""

    code = "run_is_here"
    exit_code = 75
    sentence = "A run with this output is at work already."
    advice = "Wait until it has ended, or give the output another name."


class RunStopped(AltTextError):
    """A batch run that was asked to stop before its end."""

    code = "run_stopped"
    exit_code = 130
    sentence = "The run was stopped."
    advice = "What is done is kept: the same command goes on with the rest."


class RunNotWritten(AltTextError):
    """The journal or an output of a batch run that the disk does not take."""

    code = "run_not_written"
    exit_code = 74
    sentence = "The files of the run cannot be written:"
    advice = "Look at the disk of the output, then start the run again: what is done is kept."
