"""The jobs that a student's results were stored beside, under another id."""

import pandas as pd

from bandup.analysis.results_elsewhere import results_under_another_id
from data.repository import MAX_JOBS_LOOKED_UP, Repository
from data.results import Cost


def with_jobs_of_results(repository: Repository, evaluations: pd.DataFrame) -> tuple[pd.DataFrame, Cost]:
    """One student's evaluations with the other items of each result that settles a job under another id.

    Such an item, stored under another user, is the job that the result belongs to.
    """
    cost, looked_up = Cost(), set[str]()
    while len(looked_up) < MAX_JOBS_LOOKED_UP:
        results = evaluations["evaluation_id"].iloc[results_under_another_id(evaluations)]
        ids = [evaluation_id for evaluation_id in results if evaluation_id not in looked_up]
        if not ids:
            break
        for evaluation_id in ids:
            items, lookup_cost = repository.same_job(evaluation_id)
            cost += lookup_cost
            others = items[~items["user_id"].isin(evaluations["user_id"])]
            evaluations = pd.concat([evaluations, others], ignore_index=True) if len(others) else evaluations
        looked_up |= {*ids}
    return evaluations, cost
