/**
 * An answer that ECS gives instead of a result. `code` is what goes out as `__type` (API reference, common and operation
 * errors); all of them are HTTP 400 except ServerException.
 */
export class FleetError extends Error {
  readonly code: FleetErrorCode;

  constructor(code: FleetErrorCode, message: string) {
    super(message);
    this.name = code;
    this.code = code;
  }
}

/** The error shapes of the ECS API that this fleet answers with. */
export type FleetErrorCode =
  | 'ClientException'
  | 'InvalidParameterException'
  | 'ClusterNotFoundException'
  | 'ClusterContainsServicesException'
  | 'ClusterContainsTasksException'
  | 'ServiceNotFoundException'
  | 'ServiceNotActiveException'
  | 'ServiceDeploymentNotFoundException'
  | 'ResourceNotFoundException'
  | 'ConflictException'
  | 'UnsupportedFeatureException'
  | 'ThrottlingException'
  | 'SerializationException'
  | 'UnknownOperationException'
  | 'ServerException';
