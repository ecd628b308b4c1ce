//! `install-links DIR`: Kafka's script names as links to this executable.

use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// Makes a link named `name` and one named `name.sh` to `executable` in `directory` for each of `names`. A link that is
/// there already is replaced; a file that is no link is left alone and is an error.
///
/// # Errors
/// The directory cannot be made or written to, or something else has one of the names.
pub fn install(directory: &Path, executable: &Path, names: &[&str]) -> io::Result<Vec<PathBuf>> {
    std::fs::create_dir_all(directory)?;
    let mut made = Vec::new();
    for name in names {
        for file_name in [(*name).to_owned(), format!("{name}.sh")] {
            let link = directory.join(file_name);
            match link.symlink_metadata() {
                Ok(metadata) if metadata.is_symlink() => std::fs::remove_file(&link)?,
                Ok(_) => {
                    let message = format!("{} is there already, and is no link", link.display());
                    return Err(io::Error::new(io::ErrorKind::AlreadyExists, message));
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
            symlink(executable, &link)?;
            made.push(link);
        }
    }
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::install;
    use std::path::Path;

    #[test]
    fn links_are_made_and_made_again_but_files_are_spared() {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("bin");
        for executable in ["/opt/ottla", "/usr/bin/ottla"] {
            let made = install(&target, Path::new(executable), &["kafka-topics"]).unwrap();
            assert_eq!(made, [target.join("kafka-topics"), target.join("kafka-topics.sh")]);
            assert_eq!(std::fs::read_link(&made[1]).unwrap(), Path::new(executable));
        }
        std::fs::write(target.join("kafka-configs"), "precious").unwrap();
        assert!(install(&target, Path::new("/opt/ottla"), &["kafka-configs"]).is_err());
        assert_eq!(std::fs::read(target.join("kafka-configs")).unwrap(), b"precious");
    }
}
