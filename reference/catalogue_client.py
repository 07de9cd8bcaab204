"""Every method of Papers With Code's own Python client against a running catalogue, reading and writing.

The client (paperswithcode-client 0.3.1) pins old versions and needs Python 3.11 or earlier, in an environment of its own:

    python3.11 -m venv client && client/bin/pip install paperswithcode-client==0.3.1
    npx biobert results serve --port 8080 &
    client/bin/python reference/catalogue_client.py http://127.0.0.1:8080 TOKEN

TOKEN is one of the role reviewer. Works on any catalogue that has a paper with a result; what it writes it deletes again.
Prints a line for each method and ends with 1 when one of them was not called, or answered wrongly.
"""

import inspect
import sys

from paperswithcode import PapersWithCodeClient
from paperswithcode.models import (
    DatasetCreateRequest,
    DatasetUpdateRequest,
    EvaluationTableCreateRequest,
    EvaluationTableSyncRequest,
    EvaluationTableUpdateRequest,
    MetricCreateRequest,
    MetricSyncRequest,
    MetricUpdateRequest,
    ResultCreateRequest,
    ResultSyncRequest,
    ResultUpdateRequest,
    TaskCreateRequest,
    TaskUpdateRequest,
)
from tea_client.errors import HttpClientError

CALLED = set()


class Recorder:
    """The client, with a note of each method that came back."""

    def __init__(self, client):
        self.client = client

    def __getattr__(self, name):
        method = getattr(self.client, name)

        def call(*args, **kwargs):
            answer = method(*args, **kwargs)
            if name not in CALLED:
                print(f"{name}: {str(answer)[:110]}")
            CALLED.add(name)
            return answer

        return call


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def refused(status, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except HttpClientError as error:
        check(error.status_code == status, f"expected {status}, got {error!r}")
        return
    raise AssertionError(f"expected {status}, and it was let through")


def read(client):
    papers = client.paper_list(items_per_page=2)
    check(papers.count >= 2 and len(papers.results) == 2 and papers.next_page == (2 if papers.count > 2 else None), "two papers a page")
    check(client.paper_list(page=2, items_per_page=1).previous_page == 1, "the page before the second is the first")
    tables = client.evaluation_list(items_per_page=100)
    table = next(table for table in tables.results if client.evaluation_result_list(table.id).count > 0)
    results = client.evaluation_result_list(table.id, items_per_page=100)
    result = next(result for result in results.results if result.paper)
    check(client.evaluation_get(table.id) == table, "a table by its id")
    check(client.evaluation_result_get(table.id, result.id) == result, "a result by its id")
    metrics = client.evaluation_metric_list(table.id)
    check(client.evaluation_metric_get(table.id, metrics.results[0].id) == metrics.results[0], "a metric by its id")

    paper = client.paper_get(result.paper)
    check(client.paper_list(title=paper.title).results[0].id == paper.id, "papers by title")
    word = max(paper.title.replace(":", " ").replace("-", " ").split(), key=len)
    check(paper.id in [each.id for each in client.paper_list(q=word, items_per_page=100).results], "papers by words")
    check(client.paper_list(abstract="zzzzzz").count == 0, "no paper with such an abstract")
    if paper.arxiv_id:
        check([each.id for each in client.paper_list(arxiv_id=paper.arxiv_id).results] == [paper.id], "papers by arXiv id")
    check(paper.id in [each.paper.id for each in client.search(q=word, items_per_page=100).results], "search")
    check(client.search(items_per_page=1).count == papers.count, "search without words")
    check(client.paper_result_list(paper.id).count >= 1, "results of a paper")
    check(client.paper_task_list(paper.id).count >= 0, "tasks of a paper")
    check(client.paper_dataset_list(paper.id).count >= 1, "datasets of a paper")
    client.paper_method_list(paper.id)
    client.paper_repository_list(paper.id)

    repositories = client.repository_list()
    check(repositories.count >= 1, "repositories")
    repository = repositories.results[0]
    check(client.repository_get(repository.owner, repository.name).url == repository.url, "a repository")
    check(client.repository_owner_list(repository.owner).count >= 1, "repositories of an owner")
    check(client.repository_list(owner=repository.owner, name=repository.name, stars=0).count >= 1, "repositories by owner")
    client.repository_paper_list(repository.owner, repository.name)

    author = client.author_list(full_name=paper.authors[0]).results[0]
    check(client.author_get(author.id) == author, "an author")
    check(paper.id in [each.id for each in client.author_paper_list(author.id, items_per_page=100).results], "papers of an author")

    conferences = client.conference_list()
    if conferences.results:
        conference = conferences.results[0]
        check(client.conference_get(conference.id) == conference, "a conference")
        proceeding = client.proceeding_list(conference.id).results[0]
        check(client.proceeding_get(conference.id, proceeding.id) == proceeding, "a proceeding")
        check(client.proceeding_paper_list(conference.id, proceeding.id).count >= 1, "papers of a proceeding")
    else:
        refused(404, client.conference_get, "none")
        refused(404, client.proceeding_list, "none")
        refused(404, client.proceeding_get, "none", "none")
        refused(404, client.proceeding_paper_list, "none", "none")
        CALLED.update(["conference_get", "proceeding_list", "proceeding_get", "proceeding_paper_list"])

    areas = client.area_list()
    area = areas.results[0]
    check(client.area_get(area.id) == area, "an area")
    check(client.area_task_list(area.id).count >= 1, "tasks of an area")
    task = client.task_get(table.task)
    check(task.id in [each.id for each in client.task_list(name=task.name).results], "tasks by name")
    client.task_parent_list(task.id)
    client.task_child_list(task.id)
    check(client.task_paper_list(task.id).count >= 0, "papers of a task")
    check(table.id in [each.id for each in client.task_evaluation_list(task.id).results], "tables of a task")
    dataset = client.dataset_get(table.dataset)
    check(dataset.id in [each.id for each in client.dataset_list(name=dataset.name).results], "datasets by name")
    check(table.id in [each.id for each in client.dataset_evaluation_list(dataset.id).results], "tables of a dataset")
    method = client.method_list().results[0]
    check(client.method_get(method.id) == method, "a method")
    refused(404, client.paper_get, "no-such-paper")
    refused(404, client.paper_get, "../../etc/passwd")
    return paper, area, task


def write(client, paper, area, parent):
    task = client.task_add(TaskCreateRequest(name="Client Test Task", description="From the client", area=area.name, parent_task=parent.id))
    check(client.task_parent_list(task.id).results[0].id == parent.id, "the parent of a new task")
    refused(409, client.task_add, TaskCreateRequest(name="client test task"))
    check(client.task_update(task.id, TaskUpdateRequest(description="Changed")).description == "Changed", "a task's description")
    check(client.task_get(task.id).name == "Client Test Task", "what was not sent stays")
    dataset = client.dataset_add(DatasetCreateRequest(name="Client Test Data", url="https://example.org/data"))
    check(client.dataset_update(dataset.id, DatasetUpdateRequest(name="Client Test Set")).name == "Client Test Set", "a dataset's name")
    check(client.dataset_get(dataset.id).url == "https://example.org/data", "a dataset's link")

    table = client.evaluation_create(EvaluationTableCreateRequest(task=task.id, dataset=dataset.id, description="New"))
    changed = client.evaluation_update(table.id, EvaluationTableUpdateRequest(description="Newer", mirror_url="https://example.org/table"))
    check((changed.description, changed.mirror_url) == ("Newer", "https://example.org/table"), "a table's description")
    refused(422, client.evaluation_create, EvaluationTableCreateRequest(task="no-such-task", dataset=dataset.id))
    metric = client.evaluation_metric_add(table.id, MetricCreateRequest(name="Error", description="Lower is better", is_loss=True))
    check(client.evaluation_metric_update(table.id, metric.id, MetricUpdateRequest(name="Error rate")).name == "Error rate", "a metric's name")
    for value in ("7.5", "5.5"):
        last = client.evaluation_result_add(
            table.id,
            ResultCreateRequest(metrics={"Error rate": value}, methodology=f"Model {value}", paper=paper.id, evaluated_on="2020-02-03", uses_additional_data=True),
        )
    check(last.best_rank == 1 and last.best_metric == "Error rate", "the lower error ranks first")
    refused(422, client.evaluation_result_add, table.id, ResultCreateRequest(metrics={"No such": "1"}, methodology="X"))
    refused(409, client.evaluation_metric_delete, table.id, metric.id)
    updated = client.evaluation_result_update(table.id, last.id, ResultUpdateRequest(metrics={"Error rate": "9.25"}))
    check(updated.metrics == {"Error rate": "9.25"} and updated.best_rank == 2 and updated.uses_additional_data, "a changed result")
    for result in client.evaluation_result_list(table.id).results:
        client.evaluation_result_delete(table.id, result.id)
    client.evaluation_metric_delete(table.id, metric.id)
    check(client.evaluation_metric_list(table.id).count == 0, "no metric is left")

    def sync(rows):
        return client.evaluation_synchronize(
            EvaluationTableSyncRequest(
                task=task.id,
                dataset=dataset.id,
                mirror_url="https://example.org/mirror",
                metrics=[MetricSyncRequest(name="Accuracy", is_loss=False), MetricSyncRequest(name="Size", is_loss=True)],
                results=[
                    ResultSyncRequest(metrics={"Accuracy": accuracy, "Size": size}, methodology=name, external_id=name, evaluated_on="2021-01-01")
                    for name, accuracy, size in rows
                ],
            )
        )

    first = sync([("row-a", "0.71", "12"), ("row-b", "0.69", "3")])
    check(first.id == table.id and len(first.results) == 2, "a synchronised table")
    check([each.name for each in client.evaluation_metric_list(table.id).results] == ["Accuracy", "Size"], "metrics in the mirror's order")
    second = sync([("row-a", "0.75", "12"), ("row-c", "0.80", "30")])
    check(second.results[0].id == first.results[0].id, "a row is known again by its external id")
    rows = client.evaluation_result_list(table.id).results
    check(sorted(row.methodology for row in rows) == ["row-a", "row-c"], "a row that the mirror lost is gone")
    check(next(row for row in rows if row.methodology == "row-c").best_rank == 1, "the best row ranks first")

    refused(409, client.dataset_delete, dataset.id)
    for row in rows:
        client.evaluation_result_delete(table.id, row.id)
    client.evaluation_delete(table.id)
    client.task_delete(task.id)
    client.dataset_delete(dataset.id)
    refused(404, client.evaluation_get, table.id)


def main():
    url, token = sys.argv[1], sys.argv[2]
    client = Recorder(PapersWithCodeClient(url=url, token=token))
    paper, area, task = read(Recorder(PapersWithCodeClient(url=url)))
    refused(401, PapersWithCodeClient(url=url).task_add, TaskCreateRequest(name="Without a token"))
    refused(401, PapersWithCodeClient(url=url, token="bbt_forged").paper_list)
    write(client, paper, area, task)
    methods = {name for name, _ in inspect.getmembers(PapersWithCodeClient, inspect.isfunction) if not name.startswith("_")}
    missing = sorted(methods - CALLED)
    print(f"{len(CALLED)} of {len(methods)} methods called")
    check(not missing, f"not called: {', '.join(missing)}")


if __name__ == "__main__":
    main()
