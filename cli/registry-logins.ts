import { type CredentialsPort, dockerCredentials, ecrCredentials, firstCredentials } from '#shared/oci';

/** The logins of this machine to registries: those of `docker login`, and ECR's token for its own, asked for with the AWS credentials that are here. */
export const registryLogins = (): CredentialsPort =>
  firstCredentials(
    dockerCredentials(),
    // what signs for AWS is loaded by those only who read from ECR
    ecrCredentials(async (registry, region) => {
      const { askEcr } = await import('../shared/oci/adapters/ecr-token.ts');
      return askEcr(registry, region);
    }),
  );
