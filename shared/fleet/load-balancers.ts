/** What stands in front of a service. */
export interface LoadBalancer {
  readonly name: string;
  /** it has public addresses (its scheme); whether its security groups let anybody in is not looked at */
  readonly internetFacing: boolean;
}

/**
 * The port to what stands in front of services. Adapters: Elastic Load Balancing (through its API), and a fixed list for the embedded fleet and tests; both pass
 * test/contract/load-balancers. Throttles and 5xx throw Retryable.
 */
export interface LoadBalancers {
  /**
   * The load balancers of each target: a target group by its ARN, or a classic load balancer by its own name. A target without one has an empty list, or none. undefined: they
   * may not be read.
   */
  inFront(targets: readonly string[]): Promise<ReadonlyMap<string, readonly LoadBalancer[]> | undefined>;
}
