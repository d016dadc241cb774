// What the service counts of what it shares with other instances, and of what has fallen back.
import Resilience
import Telemetry

extension ServiceMetrics {
  func watch(_ breakers: BreakerBoard, _ degradations: DegradationBoard) {
    metrics.observe(
      gauges: "witan_breaker_state", "State of a breaker: 0 closed, 1 half open, 2 open.", labels: ["breaker"]
    ) {
      breakers.reports.map { ([$0.name], $0.state == .closed ? 0 : $0.state == .halfOpen ? 1 : 2) }
    }
    metrics.observe(counters: "witan_breaker_openings", "How often a breaker has opened.", labels: ["breaker"]) {
      breakers.reports.map { ([$0.name], Double($0.openings)) }
    }
    metrics.observe(
      gauges: "witan_degradation", "A part that has fallen back: 1 reduced, 2 restricted.", labels: ["part"]
    ) {
      degradations.all.map { ([$0.degradation.part], $0.degradation.level == .restricted ? 2 : 1) }
    }
  }

  func watch(_ redis: ServiceRedis) {
    metrics.observe(gauge: "witan_redis_connections", "Connections to Redis that are ready.") {
      Double(redis.client.health.connected)
    }
    metrics.observe(counter: "witan_redis_losses", "Connections to Redis that were lost.") {
      Double(redis.client.health.losses)
    }
    metrics.observe(
      counters: "witan_shared_cache", "Looks into the shared cache and stores, by what became of them.",
      labels: ["outcome"]
    ) {
      let counts = redis.cache.statistics
      return [
        (["hit"], Double(counts.hits)), (["miss"], Double(counts.misses)), (["poisoned"], Double(counts.poisoned)),
        (["unavailable"], Double(counts.unavailable)), (["stored"], Double(counts.stores)),
        (["lost"], Double(counts.lost)), (["waited"], Double(counts.waits)),
        (["waited_in_vain"], Double(counts.waitsInVain)),
      ]
    }
  }

  func watch(_ exchange: ServiceExchange) {
    metrics.observe(
      counters: "witan_shared_changes", "Changes told to other instances and taken from them, and what was none.",
      labels: ["outcome"]
    ) {
      let counts = exchange.statistics
      return [
        (["told"], Double(counts.told)), (["taken"], Double(counts.taken)), (["poisoned"], Double(counts.poisoned)),
        (["dropped"], Double(counts.dropped)),
      ]
    }
  }
}
