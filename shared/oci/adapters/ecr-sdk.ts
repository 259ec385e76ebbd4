// The parts of ECR's SDK that getting a token takes. Loading it through this file lets bundlers leave the rest of the SDK out, which
// loading the package itself at run time does not.
export { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
