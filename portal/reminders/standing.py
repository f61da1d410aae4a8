"""Whether what a notice tells of is still to be done, as things stand now.

Planning settles notices once a day, by the very reckoning that tells them; this tells in between
what was done, cancelled, answered or moved since.  Read in the reader's own scope: what she sees no
more, she has nothing left to do about.
"""

from typing import Final

_AT_A_CLIENT: Final = """
    JOIN establishment p ON p.tenant_id = {0}.tenant_id AND p.id = {0}.establishment_id
     AND p.stage = 'client' AND p.archived_at IS NULL
"""
_VALUED: Final = "t.applies AND t.status IN ('implemented', 'alternative', 'partial')"
_REVIEW: Final = f"""
    SELECT FROM tracked_requirement t {_AT_A_CLIENT.format("t")}
     WHERE t.tenant_id = notice.tenant_id AND t.review_due = notice.due_on
       AND t.requirement_code = ANY (notice.codes) AND {_VALUED}
"""
#: Written out, for it is asked on every page: a condition on rows of ``notice``.  A proof still
#: holds something up while a requirement that it serves has no other that lasts longer.
STANDS: Final = f"""
    notice.settled_on IS NULL AND CASE notice.subject
    WHEN 'evidence' THEN EXISTS (
        SELECT FROM evidence e
          JOIN evidence_link l ON l.tenant_id = e.tenant_id AND l.evidence_id = e.id
          JOIN tracked_requirement t
            ON t.tenant_id = l.tenant_id AND t.edition_id = l.edition_id
           AND t.requirement_code = l.requirement_code
           AND (t.establishment_id = l.establishment_id
                OR (l.establishment_id IS NULL AND t.origin = 'statement'
                    AND (l.offering_id IS NULL OR l.offering_id = t.offering_id)))
          {_AT_A_CLIENT.format("t")}
         WHERE e.tenant_id = notice.tenant_id AND e.id = notice.subject_id
           AND e.valid_until = notice.due_on AND t.proof_until = notice.due_on
           AND e.withdrawn_at IS NULL AND e.state = 'ready' AND NOT e.proposed AND {_VALUED}
           AND NOT EXISTS (
               SELECT FROM evidence s
                WHERE s.tenant_id = e.tenant_id AND s.id = e.replaced_by
                  AND s.withdrawn_at IS NULL AND s.state = 'ready'))
    WHEN 'statement_review' THEN EXISTS (
        {_REVIEW} AND t.offering_id = notice.subject_id AND t.origin = 'statement')
    WHEN 'requirement_review' THEN EXISTS (
        {_REVIEW} AND t.establishment_id = notice.subject_id AND t.origin = 'own')
    WHEN 'action' THEN EXISTS (
        SELECT FROM action a {_AT_A_CLIENT.format("a")}
         WHERE a.tenant_id = notice.tenant_id AND a.id = notice.subject_id
           AND a.due_on = notice.due_on AND a.state IN ('todo', 'doing'))
    WHEN 'contest' THEN EXISTS (
        SELECT FROM contest c {_AT_A_CLIENT.format("c")}
         WHERE c.tenant_id = notice.tenant_id AND c.id = notice.subject_id
           AND c.closed_at IS NULL
           AND 'provider' IS DISTINCT FROM (
               SELECT m.side FROM contest_message m
                WHERE m.tenant_id = c.tenant_id AND m.contest_id = c.id
                ORDER BY m.written_at DESC, m.id DESC LIMIT 1))
    WHEN 'file_request' THEN EXISTS (
        SELECT FROM file_request f
         WHERE f.tenant_id = notice.tenant_id AND f.id = notice.subject_id
           AND f.due_on = notice.due_on AND f.state = 'open')
    WHEN 'collection_turn' THEN EXISTS (
        SELECT FROM collection_turn c
         WHERE c.tenant_id = notice.tenant_id AND c.collection_id = notice.subject_id
           AND c.due_on = notice.due_on AND c.state = 'open' AND c.file_request_id IS NULL)
    ELSE TRUE END
"""  # noqa: S608 - written here, all of it
