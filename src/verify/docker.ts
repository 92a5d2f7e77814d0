import { BuildahLog, BuildKitLog } from './build-log.js';
import { buildOptions, ContainerEngine, runBuild } from './container-engine.js';
import type { Build, BuildRequest } from './engine.js';

/** Docker with BuildKit, by `docker buildx`. */
export class DockerEngine extends ContainerEngine {
  readonly name = 'docker';

  protected runBuild(request: BuildRequest): Promise<Build> {
    // A builder in a container of its own keeps its images to itself without --load.
    const args = ['buildx', 'build', '--progress', 'plain', '--load', ...buildOptions(request), request.context];
    // Statements about the build are no part of the image.
    const environment = { BUILDX_NO_DEFAULT_ATTESTATIONS: '1', DOCKER_CLI_HINTS: 'false' };
    const options = { signal: this.setting.signal, timeoutSeconds: this.setting.timeoutSeconds, environment };
    return runBuild('docker', args, new BuildKitLog(), request.onStep, options);
  }
}

/** Podman, which builds with buildah's code. */
export class PodmanEngine extends ContainerEngine {
  readonly name = 'podman';

  protected runBuild(request: BuildRequest): Promise<Build> {
    // The format of Docker: in that of OCI there is no HEALTHCHECK and no SHELL.
    const args = ['build', '--format', 'docker', '--layers', ...buildOptions(request), request.context];
    const options = { signal: this.setting.signal, timeoutSeconds: this.setting.timeoutSeconds };
    return runBuild('podman', args, new BuildahLog(), request.onStep, options);
  }
}
