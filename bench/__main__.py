"""Load the base where it is not yet, measure, print."""

from bench import cluster, load
from bench.scale import Scale


def main() -> None:
    scale = Scale.from_env()
    home = cluster.loaded(scale, load.load)
    print(home)


if __name__ == "__main__":
    main()
