/**
 * Open positions with what guards them. A triggered stop and an order under way count as exiting, never beyond what is
 * open, so that the instant between trigger and fill raises no alarm. An armed stop without a level (targets or times alone,
 * or waiting for its activation) cannot fire: it covers nothing.
 */
export const coverageSource = `(
  select
    p.position_id, p.account_id, p.instrument_id, p.mode, p.side, p.quantity,
    guarded.covered_quantity,
    guarded.exiting_quantity,
    greatest(p.quantity - guarded.covered_quantity - guarded.exiting_quantity, 0) as uncovered_quantity,
    guarded.stop_ids
  from positions p
  cross join lateral (
    select
      coalesce(sum(s.quantity) filter (where s.status = 'armed' and s.level is not null), 0) as covered_quantity,
      least(p.quantity,
        coalesce(sum(s.quantity) filter (where s.status = 'triggered'), 0)
        + coalesce((
            select sum(o.remaining_quantity) from orders o join open_stops armed using (stop_id)
            where o.position_id = p.position_id and o.ended_at is null and armed.status = 'armed'
          ), 0)
      ) as exiting_quantity,
      coalesce(json_agg(s.stop_id order by s.stop_id) filter (where s.stop_id is not null), '[]'::json) as stop_ids
    from open_stops s
    where s.position_id = p.position_id and s.status in ('armed', 'triggered')
  ) guarded
  where p.status = 'open'
)`;
