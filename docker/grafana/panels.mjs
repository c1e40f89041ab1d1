// Panels of the dashboards: title, Grafana unit, and queries by legend. `build.mjs` turns them into
// dashboards. `$instance` is the selection at the top of a dashboard; metrics of the whole
// installation and recorded rules have no instance.

const OF = 'instance=~"$instance"';
const rate = (metric) => `rate(${metric}{${OF}}[$__rate_interval])`;
const total = (metric, by = '') => `sum${by && ` by (${by})`} (${rate(metric)})`;
const gauge = (metric, by = 'instance') => `sum by (${by}) (${metric}{${OF}})`;
const most = (metric, by = 'instance') => `max by (${by}) (${metric}{${OF}})`;
const quantile = (q, metric, by = '') =>
  `histogram_quantile(${q}, sum by (le${by && `, ${by}`}) (${rate(`${metric}_bucket`)}))`;
const quantiles = (metric) => ({
  p50: quantile(0.5, metric),
  p95: quantile(0.95, metric),
  p99: quantile(0.99, metric),
});
const installation = (metric, by) => `max by (${by}) (${metric})`;
const burn = (record, budget, windows) =>
  Object.fromEntries(windows.map((window) => [window, `${record}:ratio_rate${window} / ${budget}`]));

const stat = (title, unit, query) => ({ kind: 'stat', title, unit, queries: { '': query } });
const graph = (title, unit, queries) => ({
  kind: 'timeseries',
  title,
  unit,
  queries: typeof queries === 'string' ? { '{{instance}}': queries } : queries,
});

const overview = [
  stat('Accepted per second', 'reqps', 'postrider:accepted:rate5m'),
  stat('Acknowledged per second', 'reqps', total('postrider_acked_total')),
  stat('Sockets', 'short', `sum(postrider_connections{${OF}})`),
  stat('Failed accepts, 3 days', 'percentunit', 'postrider:accept_errors:ratio_rate3d'),
  stat('Acks later than 1 s, 3 days', 'percentunit', 'postrider:slow_acks:ratio_rate3d'),
  stat('Difference of the books', 'short', 'max(abs(postrider_books{state="difference"}))'),
  graph('Accepted and refused', 'reqps', {
    accepted: total('postrider_accepted_total'),
    'refused with {{status}}': total('postrider_accept_refused_total', 'status'),
  }),
  graph('Time of an accept', 's', quantiles('postrider_accept_seconds')),
  graph('Time to ack', 's', quantiles('postrider_time_to_ack_seconds')),
  graph(
    'Accept objective: budget burn rate',
    'short',
    burn('postrider:accept_errors', 0.001, ['1h', '6h', '1d', '3d']),
  ),
  graph('Ack objective: budget burn rate', 'short', burn('postrider:slow_acks', 0.01, ['1h', '6h', '1d', '3d'])),
  graph('REST: errors', 'percentunit', { '5xx': 'postrider:http_errors:ratio_rate5m' }),
  graph('REST: requests', 'reqps', { '{{status}}': total('postrider_http_requests_total', 'status') }),
  graph('REST: p99 by route', 's', {
    '{{method}} {{route}}': `${quantile(0.99, 'postrider_http_request_seconds', 'method, route')} >= 0`,
  }),
  graph('REST: in flight', 'short', gauge('postrider_http_requests_in_flight')),
];

const delivery = [
  graph('Deliveries', 'reqps', {
    delivered: total('postrider_delivered_total'),
    redelivered: total('postrider_redelivered_total'),
    acknowledged: total('postrider_acked_total'),
  }),
  graph('Time to ack, p99 by priority', 's', {
    '{{priority}}': quantile(0.99, 'postrider_time_to_ack_seconds', 'priority'),
  }),
  graph('Time to ack, p99 by policy', 's', { '{{policy}}': quantile(0.99, 'postrider_time_to_ack_seconds', 'policy') }),
  graph('Backlog', 'short', { '{{state}}': installation('postrider_backlog', 'state') }),
  graph('Oldest unacknowledged', 's', { oldest: 'max(postrider_oldest_unacked_seconds)' }),
  graph('Books', 'short', { '{{app}} {{state}}': installation('postrider_books', 'app, state') }),
  graph('Dead letters', 'reqps', { '{{reason}}': total('postrider_dead_total', 'reason') }),
  graph('Expired, cancelled, gaps', 'reqps', {
    expired: total('postrider_expired_total'),
    cancelled: total('postrider_cancelled_total'),
    gaps: total('postrider_gaps_total'),
  }),
  graph('Answered from an idempotency key', 'reqps', { replayed: total('postrider_accept_replayed_total') }),
  graph('Pressure', 'percentunit', most('postrider_pressure_ratio')),
  graph('Refused by priority', 'reqps', { '{{priority}}': total('postrider_admission_refused_total', 'priority') }),
  graph('Refused by code', 'reqps', { '{{code}}': `topk(8, ${total('postrider_accept_refused_total', 'code')})` }),
  graph('Repaired and renumbered', 'reqps', {
    repaired: total('postrider_repaired_total'),
    renumbered: total('postrider_renumbered_total'),
  }),
];

const sockets = [
  graph('Sockets', 'short', gauge('postrider_connections')),
  graph('Sockets as a share of the limit', 'percentunit', {
    '{{instance}}': `${most('postrider_connections')} / max by (instance) (postrider_limit{${OF}, setting="WS_MAX_CONNECTIONS"})`,
  }),
  graph('Sessions, subscriptions, topics', 'short', {
    sessions: `sum(postrider_sessions{${OF}})`,
    subscriptions: `sum(postrider_subscriptions{${OF}})`,
    topics: `sum(postrider_topics{${OF}})`,
  }),
  graph('Handshakes', 'reqps', { '{{outcome}}': total('postrider_handshakes_total', 'outcome') }),
  graph('Beyond a limit', 'reqps', { '{{limit}}': total('postrider_limited_total', 'limit') }),
  graph('Time of a handshake', 's', quantiles('postrider_handshake_seconds')),
  graph('Closed, by code', 'reqps', { '{{code}}': total('postrider_closed_total', 'code') }),
  graph('Frames from clients', 'reqps', { '{{event}}': total('postrider_frames_received_total', 'event') }),
  graph('Frames to clients', 'reqps', { '{{instance}}': total('postrider_frames_sent_total', 'instance') }),
  graph('Bytes to clients', 'Bps', { '{{instance}}': total('postrider_sent_bytes_total', 'instance') }),
  graph('Frames refused', 'reqps', {
    '{{code}}': total('postrider_frame_errors_total', 'code'),
    'could not be read': total('postrider_malformed_frames_total'),
  }),
  graph('Windows', 'short', {
    full: `sum(postrider_subscriptions_window_full{${OF}})`,
    behind: `sum(postrider_subscriptions_behind{${OF}})`,
  }),
  graph('Unstored acks', 'short', gauge('postrider_acks_waiting')),
  graph('Unsent bytes', 'bytes', {
    'all of {{instance}}': gauge('postrider_unsent_bytes'),
    'one socket of {{instance}}': most('postrider_unsent_bytes_max'),
  }),
  graph('Maximum per user and session', 'short', {
    'sockets of a user': `max(postrider_user_connections_max{${OF}})`,
    'topics of a session': `max(postrider_session_subscriptions_max{${OF}})`,
  }),
  graph('Paused sockets', 'short', gauge('postrider_sockets_paused')),
  graph('Sockets to drain', 'short', gauge('postrider_draining_sockets')),
  graph('Session opens that a node can take per second', 'short', gauge('postrider_arrivals_per_second')),
  graph('Recent entries', 'bytes', gauge('postrider_tail_bytes')),
];

const redis = [
  stat('Unsafe findings', 'short', 'max(postrider_redis_unsafe)'),
  stat('Memory', 'percentunit', 'max(postrider_redis_memory_ratio)'),
  stat('Clock offset of nodes', 's', 'max(abs(postrider_clock_offset_seconds))'),
  stat('Confirming replicas', 'short', 'min(postrider_confirming_replicas)'),
  graph('Round trip, p99', 's', { '{{lane}}': 'postrider:redis_round_trip_seconds:p99' }),
  graph('Batches', 'reqps', { '{{lane}}': total('postrider_redis_round_trip_seconds_count', 'lane') }),
  graph('Calls waiting or in progress', 'short', { '{{lane}}': gauge('postrider_redis_queue', 'lane') }),
  graph('Failed calls', 'reqps', { '{{lane}}': total('postrider_redis_script_failures_total', 'lane') }),
  graph('Connections', 'short', {
    'open, {{role}}': gauge('postrider_redis_connections', 'role'),
    'up, {{role}}': gauge('postrider_redis_connections_ready', 'role'),
  }),
  graph('Connections that came back', 'reqps', { '{{role}}': total('postrider_redis_reconnects_total', 'role') }),
  graph('Memory', 'percentunit', most('postrider_redis_memory_ratio')),
  graph('Findings', 'short', { '{{kind}}': installation('postrider_redis_finding', 'kind') }),
  graph('Jobs', 'short', { '{{queue}} {{state}}': installation('postrider_jobs', 'queue, state') }),
  graph('Jobs done', 'reqps', { '{{queue}} {{result}}': total('postrider_jobs_done_total', 'queue, result') }),
  graph('Silence of the quietest worker', 's', most('postrider_worker_silence_seconds')),
  graph('Workers replaced', 'reqps', { '{{instance}}': total('postrider_workers_replaced_total', 'instance') }),
];

const nodes = [
  stat('Instances that answer', 'short', 'sum(up{job="postrider"})'),
  stat('Up for', 's', `min(time() - process_start_time_seconds{${OF}})`),
  graph('Versions', 'short', {
    '{{version}} on Node {{node}}': `sum by (version, node) (postrider_build_info{${OF}})`,
  }),
  graph('CPU', 'percentunit', { '{{instance}}': total('process_cpu_seconds_total', 'instance') }),
  graph('Event loop: busy', 'percentunit', most('postrider_event_loop_utilization')),
  graph('Event loop: longest delay', 's', most('postrider_event_loop_delay_max_seconds')),
  graph('Memory', 'bytes', gauge('process_resident_memory_bytes')),
  graph('Heap', 'bytes', gauge('nodejs_heap_size_used_bytes')),
  graph('Garbage collection', 'percentunit', { '{{kind}}': total('nodejs_gc_duration_seconds_sum', 'kind') }),
  graph('Open files', 'short', gauge('process_open_fds')),
  graph('Accepts under way', 'short', gauge('postrider_accepts_under_way')),
];

/** By the name of the file. */
export const dashboards = {
  overview: { title: 'Overview', panels: overview },
  delivery: { title: 'Delivery', panels: delivery },
  sockets: { title: 'Sockets', panels: sockets },
  redis: { title: 'Redis & queues', panels: redis },
  nodes: { title: 'Nodes', panels: nodes },
};
